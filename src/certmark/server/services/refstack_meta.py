"""What RefStack's API says of a result beside its tests: who sent it, whether it is shared, guideline and target.

1. `shared` is whether everybody may see the run; what is set to a word for no is not shared.
2. `guideline` and `target` are the words by which somebody put them, else those of the run's own guideline and
   program. A guideline must be one of this server's, and a target one of its programs; `2020.06.json` with the target
   `dns` means `dns.2020.06`, since RefStack's pages put it so.
3. With both of them the run is judged by that program at once; without one of them it has no verdict.
4. What was attested is judged by what its attestation names, and what is verified stays as it is.
"""

from __future__ import annotations

from enum import Enum

from certmark.domain.errors import InvalidRequest
from certmark.domain.suggestions import did_you_mean
from certmark.server.asking import ANONYMOUS, Asker
from certmark.server.reading.messages import GuidelineProgram
from certmark.server.services import catalogue, claims, runs
from certmark.server.services.changes import changing
from certmark.server.services.claims import RunChange
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted, WrongState
from certmark.server.services.openids import openid_of
from certmark.server.services.refstack_results import RefstackRole, show
from certmark.server.store import guidelines, history, refstack_runs, upkeep
from certmark.server.store import runs as stored
from certmark.server.store.claims import StoredClaim
from certmark.server.store.database import Transaction
from certmark.server.store.guidelines import Revision
from certmark.server.store.refstack_runs import ListedRun, RefstackWords
from certmark.server.store.runs import RunRow

_NO = frozenset({"", "false", "0", "no", "off", "none", "null"})
_LONGEST = 200
_TRIES = 3
_TOGETHER = "somebody else changes the run at the same time; try again"


class MetaKey(Enum):
    """What may be said of a result."""

    USER = "user"
    SHARED = "shared"
    GUIDELINE = "guideline"
    TARGET = "target"


CHANGEABLE = frozenset({MetaKey.SHARED, MetaKey.GUIDELINE, MetaKey.TARGET})
"""Those that everybody sees who sees the result, and that its owner puts."""


def meta_of(services: Services, found: ListedRun, role: RefstackRole) -> dict[str, str]:
    """What is said of a result, as far as somebody in this role sees it."""
    said: dict[str, str] = {}
    is_signed = found.run.owner != ANONYMOUS
    if is_signed and role is not RefstackRole.USER:
        said[MetaKey.USER.value] = openid_of(*found.owner)
    if is_signed and found.run.is_public:
        said[MetaKey.SHARED.value] = "true"
    guideline = found.words.guideline or (found.guideline and f"{found.guideline}.json")
    target = found.words.target or _word(services, found)
    said |= {key: word for key, word in (("guideline", guideline), ("target", target)) if word}
    return said


def _word(services: Services, found: ListedRun) -> str | None:
    """The target of the run's own program."""
    if found.run.program is None or found.run.guideline is None:
        return found.run.program
    _, content = catalogue.content_of(services, found.run.guideline.hex())
    words = (one.target for one in content.programs if one.name == found.run.program)
    return next(words, found.run.program)


def value_of(services: Services, asker: Asker, run: bytes, key: str) -> str | None:
    """One of them; None: it is not set. Raises NotFound or NotPermitted."""
    found, role = show(services, asker, run)
    if role is RefstackRole.USER and key not in {one.value for one in CHANGEABLE}:
        raise NotPermitted("only its owner sees that of a result")
    return meta_of(services, found, role).get(key)


def put(services: Services, asker: Asker, run: bytes, key: MetaKey, value: str) -> None:
    """Raises NotFound, NotPermitted, WrongState, InvalidRequest or CannotProceed."""
    if len(value) > _LONGEST or not value.isprintable():
        raise InvalidRequest(f"a value is a text of at most {_LONGEST} signs in one line")
    if key is MetaKey.SHARED:
        claims.edit(services, asker, run, RunChange(is_public=value.strip().strip('"').lower() not in _NO))
    elif not value.strip():
        raise InvalidRequest(f"say which {key.value} is meant")
    else:
        _name(services, asker, run, {key.value: value.strip()})


def remove(services: Services, asker: Asker, run: bytes, key: MetaKey) -> None:
    """Raises NotFound where it is not set; else as `put`."""
    found, role = show(services, asker, run)
    if key.value not in meta_of(services, found, role):
        raise NotFound(f"Metadata key {key.value} for test run {found.run.id.hex()} not found.")
    if key is MetaKey.SHARED:
        claims.edit(services, asker, run, RunChange(is_public=False))
    elif getattr(found.words, key.value) is None:
        raise WrongState(f"its sender named the {key.value} with the run itself; put another one in its place")
    else:
        _name(services, asker, run, {key.value: None})


def _name(services: Services, asker: Asker, run: bytes, words: dict[str, str | None]) -> None:
    """Rules 2 to 4. Two who name guideline and target at the same time are both heard."""
    for _ in range(_TRIES):
        found, _ = show(services, asker, run)
        with changing(services, _TOGETHER) as transaction:
            _to_edit(transaction, asker, found.run)
        wanted = _completed(services, found, RefstackWords(**{**found.words._asdict(), **words}))
        judged = _judged(services, asker, found.run, wanted)
        with changing(services, _TOGETHER) as transaction:
            claim = _to_edit(transaction, asker, found.run)
            if refstack_runs.words_of(transaction, run) == found.words:
                refstack_runs.put(transaction, run, wanted)
                upkeep.keep_verdict(transaction, judged)
                for subject in (run, *(() if claim is None else (claim.vendor,))):
                    history.note(transaction, asker, "run.name", subject, services.clock(), detail={**words})
                return
    raise WrongState(_TOGETHER)


def _to_edit(transaction: Transaction, asker: Asker, run: RunRow) -> StoredClaim | None:
    """Rule 4. Raises NotPermitted or WrongState."""
    claim = claims.to_edit(transaction, asker, run)
    if stored.attestation_of(transaction, run.id) is not None:
        raise WrongState("it was attested: its attestation says by what it is judged")
    return claim


def _completed(services: Services, found: ListedRun, wanted: RefstackWords) -> RefstackWords:
    """With the run's own guideline and program, where nobody put other ones."""
    guideline, target = wanted.guideline, wanted.target
    if guideline is None and found.words.guideline is None and found.guideline is not None:
        guideline = f"{found.guideline}.json"
    if target is None and found.words.target is None:
        target = _word(services, found)
    return wanted._replace(guideline=guideline, target=target)


def _judged(services: Services, asker: Asker, run: RunRow, wanted: RefstackWords) -> RunRow:
    """Rule 3. Raises InvalidRequest for what this server does not know."""
    found_in = None if wanted.guideline is None else meant(services, wanted.guideline, wanted.target)
    unjudged = run._replace(guideline=None, program=None, standing=None, is_partial=False, sentence=None, as_of=None)
    if found_in is None:
        return unjudged
    revision, program = found_in
    with runs.received(services, asker, run.id) as (found, file):
        runs.check_is_read(found)
        return runs.read_run(services, unjudged._replace(program=program), file, revision)[0]


def meant(services: Services, named: str, target: str | None) -> tuple[Revision, str] | None:
    """Rule 2; None: the guideline has several programs, and nobody named one. Raises InvalidRequest."""
    programs: list[GuidelineProgram] = []
    for identity in _ids(services, named.removesuffix(".json"), is_everywhere=target is not None):
        revision, content = catalogue.content_of(services, identity)
        if target is None:
            return (revision, content.programs[0].name) if len(content.programs) == 1 else None
        word = target.casefold()
        for program in content.programs:
            if word in {one.casefold() for one in (program.target, program.name, *program.aliases)}:
                return revision, program.name
        programs += content.programs
    there = ", ".join(dict.fromkeys(program.target for program in programs))
    raise InvalidRequest(f"Invalid target: {target}; {named} has {there}")


def _ids(services: Services, named: str, *, is_everywhere: bool) -> list[str]:
    """The guideline that is meant, and those of the same date for other programs. Raises InvalidRequest."""
    with services.database.peek() as transaction:
        known = dict.fromkeys(one.id for one in guidelines.every(transaction))
    found = [named] if named in known else []
    others = [identity for identity in known if identity.endswith(f".{named}")]
    if not found and not others:
        raise InvalidRequest(f"Invalid guideline: {named[:60]}{did_you_mean(named, known)}")
    return [*found, *others] if is_everywhere or not found else found
