"""Results of a RefStack server: runs of the one store, with their exact content.

1. A result is the upload that its sender sent: cloud, seconds, and each test with its id. It is read and judged by the
   same readers, so that nothing tells it from one that is sent here, and it can be read again.
2. It keeps when it was made, and is found by its old id. What nobody signed everybody sees; else it is shared where
   that was said. A word for no is no: RefStack showed it all the same.
3. It is judged under its guideline and target where this server has them; the words are kept as they stand there.
4. What was verified there is verified: by whom nobody remembers, and since when its last change says, since nothing of
   it could be changed afterwards.
5. A page of results is one transaction. What was taken before is looked at for what changed there since.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, NamedTuple

from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.identity import bare_uuid, fixture_of, split
from certmark.server.asking import ANONYMOUS, ANONYMOUS_NAME, OPERATOR
from certmark.server.importing.outcome import Fate, Problem
from certmark.server.importing.people import person_of
from certmark.server.importing.repairs import mended, moment, run_identity
from certmark.server.importing.tables import OldResult, OldTest, count, is_deleted, results
from certmark.server.importing.world import IMPORTER, TakenVersion, World, difference, remembered
from certmark.server.reading.messages import ReadResults
from certmark.server.services import refstack_meta
from certmark.server.services.collecting import keep_named
from certmark.server.services.refstack_results import NAME
from certmark.server.services.runs import INLINE, outcomes_of, read_run
from certmark.server.store import audit, claims, history, identities, imported, refstack_runs, runs, upkeep
from certmark.server.store.claims import StoredClaim
from certmark.server.store.database import Transaction
from certmark.server.store.guidelines import Revision
from certmark.server.store.imported import Imported, Kind
from certmark.server.store.refstack_runs import RefstackWords
from certmark.server.store.runs import ReadingState, RunContent, RunRow

VERIFIED = "verified in RefStack"
_NO = frozenset({"", "false", "0", "no", "off", "none", "null"})
_KNOWN_META = frozenset({"user", "shared", "guideline", "target"})
_MOST_STRAYS = 1000
"""Results without a record of which each is told."""


class ThereResult(NamedTuple):
    """A result as it stands there, in our words."""

    row: str
    cpid: str
    duration: int
    created: int
    owner: bytes
    values: Mapping[str, Any]
    """What may change: shared, guideline, target, version, verified."""
    verified_since: int


class ReadRun(NamedTuple):
    """A result that was read, ready to be kept."""

    there: ThereResult
    run: RunRow
    content: bytes
    upload: bytes
    answer: ReadResults


def take_results(world: World) -> None:
    """Rules 1 to 5. Raises CannotProceed."""
    total, done = count(world.source, "test"), 0
    step = _Taking(world)
    if not world.is_dry:
        with world.writing() as transaction:
            if not identities.is_there(transaction, ANONYMOUS):
                identities.add(transaction, ANONYMOUS, ANONYMOUS_NAME, world.now)
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as threads:
        for page in results(world.source):
            step.take(page, threads)
            done += len(page)
            world.heard("results", done, total)
    for number, (row, tests) in enumerate(world.source.strays()):
        world.outcome.count("test", Fate.LEFT)
        if number < _MOST_STRAYS:
            world.outcome.tell(Problem.ORPHAN, "results", row, f"{tests} tests of a result that is not there")


class _Taking:
    """Takes pages of results, and holds what is asked again and again."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._meant: dict[tuple[str, str | None], tuple[Revision, str] | None] = {}
        self._told = set[str]()
        """Names of tests of which it was told that they were mended."""

    def take(self, page: list[OldResult], threads: ThreadPoolExecutor) -> None:
        """Rule 5."""
        world = self._world
        new: list[OldResult] = []
        known: list[tuple[OldResult, Imported]] = []
        with world.reading() as transaction:
            for result in page:
                before = imported.one(transaction, Kind.RUN, result.row["id"] or "")
                if is_deleted(result.row):
                    world.outcome.leave(Problem.DELETED, "test", result.row["id"] or "", "it is marked as deleted")
                elif before is None:
                    new.append(result)
                else:
                    known.append((result, before))
        self._take_new(new, threads)
        for result, before in known:
            self._take_change(result, before)

    def _take_new(self, page: list[OldResult], threads: ThreadPoolExecutor) -> None:
        world = self._world
        tests = world.source.tests_of([result.row["id"] or "" for result in page])
        wanted = []
        for result in page:
            row = result.row["id"] or ""
            there = self._there(result) if tests[row.lower()] else None
            if there is not None:
                wanted.append((there, self._tests(row, tests[row.lower()])))
            elif not tests[row.lower()]:
                world.outcome.leave(Problem.NO_TESTS, "test", row, "no test of it is there")
        if world.is_dry:
            world.outcome.count("test", Fate.NEW, len(wanted))
            for there, _ in wanted:
                self._revision(there.row, there.values)
            return
        self._learn([one for _, found in wanted for one in found])
        judged = [self._revision(there.row, there.values) for there, _ in wanted]
        found = threads.map(lambda one, by: self._read(*one, by), wanted, judged)
        read = [one for one in found if isinstance(one, ReadRun) or self._tell_unreadable(*one)]
        for one in read:
            if one.run.evidence is not None:
                self._keep_large(one)
        with world.writing() as transaction:
            self._keep(transaction, [one for one in read if one.run.evidence is None])
        world.outcome.count("test", Fate.NEW, len(read))

    def _there(self, result: OldResult) -> ThereResult | None:
        """What a result is there; None: its sender was deleted here."""
        world, row = self._world, self._world.id_of("test", result.row)
        owner = self._owner(row, result.meta)
        if owner is None:
            world.outcome.leave(Problem.GONE_HERE, "test", row, "whoever sent it was deleted here")
            return None
        for key in result.meta.keys() - _KNOWN_META:
            world.outcome.tell(Problem.UNKNOWN_META, "meta", row, f"{key[:60]}: {(result.meta[key] or '')[:200]!r}")
        created = world.created("test", row, result.row)
        return ThereResult(
            row=row,
            cpid=world.line("test", row, result.row["cpid"], "cpid"),
            duration=_number(world, row, result.row["duration_seconds"]),
            created=created,
            owner=owner,
            values=self._values(row, result),
            verified_since=moment(result.row["updated_at"], world.now) or created,
        )

    def _owner(self, row: str, meta: Mapping[str, str | None]) -> bytes | None:
        openid = (meta.get("user") or "").strip()
        if not openid:
            return ANONYMOUS
        is_known = self._world.people
        before = len(is_known)
        found = person_of(self._world, openid)
        if len(is_known) > before:
            self._world.outcome.tell(Problem.UNKNOWN_USER, "test", row, f"{openid} sent it")
        return found

    def _values(self, row: str, result: OldResult) -> dict[str, Any]:
        world, meta = self._world, result.meta
        is_signed = bool((meta.get("user") or "").strip())
        shared = meta.get("shared")
        is_shared = shared is not None and shared.strip().strip('"').lower() not in _NO
        if is_signed and shared is not None and not is_shared:
            world.outcome.tell(Problem.UNSHARED, "meta", row, f"shared is {shared!r}")
        version = self._version(row, result.row["product_version_id"])
        return {
            "shared": is_shared or not is_signed,
            "guideline": _word(meta.get("guideline")),
            "target": _word(meta.get("target")),
            "version": None if version is None else version.id.hex(),
            "verified": result.row["verification_status"] == "1",
        }

    def _version(self, row: str, named: str | None) -> TakenVersion | None:
        found = None if named is None else self._world.versions.get(named.lower())
        if named is not None and found is None:
            what = f"its version {named} was not taken; the result belongs to who sent it"
            self._world.outcome.tell(Problem.ORPHAN, "test", row, what)
        return found

    def _tests(self, row: str, tests: list[OldTest]) -> list[OldTest]:
        """Rule 1; names that were encoded twice are mended."""
        if all(test.name.isascii() for test in tests):
            return tests
        found = []
        for test in tests:
            name = mended(test.name)
            if (name.is_mended or name.has_losses) and test.name not in self._told:
                self._told.add(test.name)
                problem = Problem.DOUBLE_ENCODED if name.is_mended else Problem.LOST_SIGNS
                self._world.outcome.tell(problem, "results", row, f"{test.name!r} was taken as {name.text!r}")
            found.append(test._replace(name=name.text))
        return found

    def _learn(self, tests: list[OldTest]) -> None:
        """Have the tests of a page known before it is read: readers tell known ones by their numbers."""
        services = self._world.services
        keys = {(test.name, test.uuid or "") for test in tests if _is_plain(test)}
        new = [key for key in keys if services.dictionary.lacks([key])]
        if new:
            with self._world.writing() as transaction:
                services.dictionary.numbers(transaction, new)
            services.dictionary.refresh()
            services.packer.renew(services.dictionary)

    def _revision(self, row: str, values: Mapping[str, Any]) -> tuple[Revision, str] | None:
        """Rule 3: by what it is judged; what this server does not have is told once."""
        guideline, target = values["guideline"], values["target"]
        if guideline is None:
            return None
        key = guideline, target
        if key not in self._meant:
            self._meant[key] = None
            try:
                self._meant[key] = refstack_meta.meant(self._world.services, guideline, target)
            except (InvalidRequest, InvalidInput) as error:
                what = f"{error}; the first result that names it is {row}"
                self._world.outcome.tell(Problem.UNKNOWN_GUIDELINE, "meta", f"{guideline} {target or ''}".strip(), what)
        return self._meant[key]

    def _read(
        self, there: ThereResult, tests: list[OldTest], found: tuple[Revision, str] | None
    ) -> ReadRun | tuple[str, str]:
        """Also in a thread; else the row and why it cannot be read."""
        services, content = self._world.services, upload_of(there, tests)
        try:
            run, answer = self._judged(_unread(there, content), content, found)
        except (InvalidRequest, InvalidInput) as error:
            return there.row, str(error)
        return ReadRun(there, run, content, services.packer.pack(content), answer)

    def _judged(self, run: RunRow, content: bytes, found: tuple[Revision, str] | None) -> tuple[RunRow, ReadResults]:
        """Raises InvalidRequest, UnreadableResults or CannotProceed."""
        revision, program = found or (None, None)
        with tempfile.NamedTemporaryFile(dir=self._world.services.scratch, buffering=0) as file:
            file.write(content)
            return read_run(self._world.services, run._replace(program=program), Path(file.name), revision)

    def _tell_unreadable(self, row: str, why: str) -> Literal[False]:
        self._world.outcome.leave(Problem.UNREADABLE, "test", row, why)
        return False

    def _keep(self, transaction: Transaction, page: list[ReadRun]) -> None:
        """Statements of a kind behind one another: so a database is asked many at once."""
        world, services = self._world, self._world.services
        outcomes = [outcomes_of(services, transaction, one.answer) for one in page]
        for one, vector in zip(page, outcomes, strict=True):
            upload = one.upload if one.run.evidence is None else None
            runs.add(transaction, one.run, RunContent(upload, vector), {}, None)
        for one in page:
            words = RefstackWords(one.there.duration, one.there.values["guideline"], one.there.values["target"])
            refstack_runs.put(transaction, one.run.id, words)
        for one in page:
            audit.note(transaction, OPERATOR, "run.import", one.there.row, world.now)
        taken = [Imported(Kind.RUN, one.there.row.lower(), one.run.id, _remembered(one.there, one.run)) for one in page]
        imported.put(transaction, taken)
        for one in page:
            if one.there.values["version"] is not None:
                self._attach(transaction, one.run, bytes.fromhex(one.there.values["version"]))
        for one in page:
            if one.there.values["verified"]:
                self._verify(transaction, one.run, one.there.verified_since)

    def _keep_large(self, one: ReadRun) -> None:
        """What has no room in its row."""
        with tempfile.NamedTemporaryFile(dir=self._world.services.scratch, buffering=0) as file:
            file.write(one.content)
            keep_named(
                self._world.services,
                Path(file.name),
                one.run.digest,
                lambda transaction: self._keep(transaction, [one]),
            )

    def _attach(self, transaction: Transaction, run: RunRow, version: bytes) -> None:
        claims.add(transaction, _claim(run, self._world.vendor_of(version), version, self._world.now), IMPORTER)

    def _verify(self, transaction: Transaction, run: RunRow, since: int) -> None:
        """Rule 4."""
        digests = {
            "run": run.digest.hex(),
            "guideline": None if run.guideline is None else run.guideline.hex(),
            "attestation": None,
            "program": run.program,
            "standing": run.standing,
        }
        claims.verify(transaction, run.id, IMPORTER, since, VERIFIED, json.dumps(digests, sort_keys=True))
        history.note(
            transaction, OPERATOR, "run.verify", run.id, self._world.now, reason=VERIFIED, detail={"digests": digests}
        )

    def _take_change(self, result: OldResult, before: Imported) -> None:
        world = self._world
        taken = json.loads(before.taken)
        with world.reading() as transaction:
            kept = upkeep.run_of(transaction, before.id)
            here = None if kept is None else _here(transaction, kept.run)
        row = result.row["id"] or ""
        if kept is None or here is None:
            world.outcome.leave(Problem.GONE_HERE, "test", row, "the run was deleted here")
            return
        values = self._values(row, result)
        is_unjudged = taken.get("judged") is False and kept.run.guideline is None
        is_unjudged = is_unjudged and self._revision(row, values) is not None
        if values == {name: taken.get(name) for name in values} and not is_unjudged:
            world.outcome.count("test", Fate.SAME)
            return
        found = difference(taken, values, here)
        wanted, refused = dict(found.wanted), found.refused
        if here["verified"] and not taken.get("verified"):
            wanted, refused = {}, tuple(values)  # the office here verified it: it stays as it is
        if refused and values != {name: taken.get(name) for name in values}:
            what = f"{', '.join(sorted(refused))} changed there, and here too"
            world.outcome.tell(Problem.CHANGED_HERE, "test", row, what)
        there = self._there(result)
        if there is None:
            return
        run = kept.run
        if (wanted.keys() & {"guideline", "target"} or is_unjudged) and not here["verified"]:
            run = self._judged_again(there, kept.run, {**here, **wanted})
        is_changed = bool(wanted) or run != kept.run
        world.outcome.count("test", Fate.CHANGED if is_changed else Fate.SAME)
        if not world.is_dry:
            with world.writing() as transaction:
                self._change(transaction, there, kept.run, run, wanted, here)

    def _judged_again(self, there: ThereResult, run: RunRow, meant: Mapping[str, Any]) -> RunRow:
        """Rule 3, of a run that is here."""
        found = self._revision(there.row, meant)
        unjudged = run._replace(
            guideline=None, program=None, standing=None, is_partial=False, sentence=None, as_of=None
        )
        if found is None or self._world.is_dry:
            return unjudged
        tests = self._world.source.tests_of([there.row])[there.row.lower()]
        try:
            return self._judged(unjudged, upload_of(there, self._tests(there.row, tests)), found)[0]
        except (InvalidRequest, InvalidInput):
            return unjudged

    def _change(
        self,
        transaction: Transaction,
        there: ThereResult,
        before: RunRow,
        run: RunRow,
        wanted: Mapping[str, Any],
        here: Mapping[str, Any],
    ) -> None:
        world = self._world
        if here["verified"] and wanted.get("verified") is False:
            claims.unverify(transaction, run.id)
        if "shared" in wanted:
            claims.share(transaction, run.id, is_public=bool(wanted["shared"]))
        if wanted.keys() & {"guideline", "target"}:
            words = {name: wanted.get(name, here[name]) for name in ("guideline", "target")}
            refstack_runs.put(transaction, run.id, RefstackWords(there.duration, **words))
        if run != before:
            upkeep.keep_verdict(transaction, run)
        if "version" in wanted:
            claims.remove(transaction, run.id)
            if wanted["version"] is not None:
                self._attach(transaction, run, bytes.fromhex(wanted["version"]))
        if wanted.get("verified"):
            self._verify(transaction, run, there.verified_since)
        imported.put(transaction, [Imported(Kind.RUN, there.row.lower(), run.id, _remembered(there, run))])
        if wanted or run != before:
            history.note(transaction, OPERATOR, "run.import", run.id, world.now, detail=dict(wanted))


def upload_of(there: ThereResult, tests: list[OldTest]) -> bytes:
    """Rule 1: as refstack-client sends it."""
    entries = [{"name": test.name} | ({"uuid": test.uuid} if test.uuid else {}) for test in tests]
    return json.dumps({"cpid": there.cpid, "duration_seconds": there.duration, "results": entries}).encode()


def _is_plain(test: OldTest) -> bool:
    """Whether a test is numbered as it stands: what else it may say is for the readers."""
    return (
        (test.uuid or None) == (bare_uuid(test.uuid) if test.uuid else None)
        and split(test.name) == (test.name, None, ())
        and fixture_of(test.name) is None
    )


def _number(world: World, row: str, text: str | None) -> int:
    """Seconds; what is none is none."""
    if (text or "").isdigit():
        return int(text or "0")
    world.outcome.tell(Problem.WRONG_VALUE, "test", row, f"duration_seconds is {text!r}; taken as 0")
    return 0


def _word(text: str | None) -> str | None:
    return (text or "").strip() or None


def _unread(there: ThereResult, content: bytes) -> RunRow:
    digest = hashlib.sha256(content).digest()
    return RunRow(
        id=run_identity(there.row, there.created),
        owner=there.owner,
        created=there.created,
        state=ReadingState.RECEIVED,
        is_public=bool(there.values["shared"]),
        name=NAME,
        digest=digest,
        size=len(content),
        evidence=None if len(content) <= INLINE else digest,
        format=None,
        began=None,
        ended=None,
        subject=there.cpid or None,
        suite=None,
        vendor=None,
        product=None,
        version=None,
        region=None,
        guideline=None,
        program=None,
        problem=None,
    )


def _claim(run: RunRow, vendor: bytes, version: bytes, moment_: int) -> StoredClaim:
    return StoredClaim(
        run=run.id,
        vendor=vendor,
        version=version,
        moment=moment_,
        official=None,
        official_by=None,
        verified=None,
        verified_by=None,
        reason=None,
        digests=None,
        is_declared=False,
        revision=1,
    )


def _remembered(there: ThereResult, run: RunRow) -> str:
    """What may change, and whether it could be judged."""
    return remembered({**there.values, "judged": there.values["guideline"] is None or run.guideline is not None})


def _here(transaction: Transaction, run: RunRow) -> dict[str, Any]:
    """What a run is here by now."""
    found = imported.said_of(transaction, run.id)
    return {
        "shared": run.is_public,
        "guideline": found.guideline,
        "target": found.target,
        "version": None if found.version is None else found.version.hex(),
        "verified": found.is_verified,
    }
