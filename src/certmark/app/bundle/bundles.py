"""The work of `certmark bundle show`, `verify` and `preview`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.errors import InvalidRequest
from certmark.domain.phrases import count_of
from certmark.evidence.bundle import NAME, preview_bundle, read_bundle, verify_bundle
from certmark.evidence.bundle.layout import REPORT, VERSIONS, Manifest, MemberKind
from certmark.evidence.bundle.reading import Bundle
from certmark.runner.folders import folder_of

_RAW = "as the suite wrote them, but for secrets of what tests made: names of hosts, projects and users stand in them"


def show(path: str, console: Console, *, as_json: bool) -> Exit:
    """Say what the bundle is of."""
    with read_bundle(_bundle(path)) as bundle:
        if as_json:
            console.data(json.dumps(_document(bundle.manifest), indent=1))
        else:
            console.data("\n".join(_description(bundle)))
    return Exit.OK


def verify(path: str, console: Console, *, revealed: str | None = None, as_json: bool) -> Exit:
    """Say what holds and what does not."""
    found = verify_bundle(_bundle(path))
    if revealed is not None:
        from certmark.app.bundle.disclosure import check_revealed

        with read_bundle(_bundle(path)) as bundle:
            found = found._replace(checks=(*found.checks, check_revealed(revealed, bundle.manifest)))
    if as_json:
        console.data(
            json.dumps({"holds": found.holds, "checks": [check._asdict() for check in found.checks]}, indent=1)
        )
    else:
        for check in found.checks:
            console.data(
                f"{'ok ' if check.problem is None else 'BAD'}  {check.name:<8}  {check.problem or check.detail}"
            )
    return Exit.OK if found.holds else Exit.FAIL


def preview(run: str, member: str | None, console: Console, *, as_json: bool) -> Exit:
    """Say what would leave the machine."""
    found = preview_bundle(folder_of(run))
    if member is not None:
        console.data(_text(dict(found.texts), member))
    elif as_json:
        secrets = [leak._asdict() for leak in found.leaks]
        console.data(json.dumps({**_document(found.manifest), "secrets": secrets}, indent=1))
    else:
        console.data("\n".join([*_members(found.manifest), "", *_removed(found.manifest)]))
    for leak in found.leaks:
        console.refuse(f"{leak.what} stands in {leak.member}; no bundle is written as long as it does")
    return Exit.FAIL if found.leaks else Exit.OK


def _bundle(path: str) -> str:
    """A file, the folder of a run or a run's id -> the bundle's file."""
    folder = path if os.path.exists(path) else folder_of(path)
    inside = os.path.join(folder, NAME)
    if os.path.isdir(folder) and not os.path.isfile(inside):
        raise InvalidRequest(f"{path} has no {NAME}; name a bundle, or the folder of a run that has one")
    return inside if os.path.isdir(folder) else path


def _text(texts: dict[str, str], member: str) -> str:
    if member not in texts:
        raise InvalidRequest(f"{member!r} is no member that is rewritten; they are {', '.join(texts)}")
    return texts[member]


def _document(manifest: Manifest) -> dict[str, object]:
    return {
        "run": manifest.run,
        "cloud": manifest.cloud,
        "evaluator": manifest.evaluator,
        "members": [item.document() for item in manifest.members],
        "removed": [removal._asdict() for removal in manifest.removals],
    }


def _description(bundle: Bundle) -> Iterator[str]:
    manifest = bundle.manifest
    yield f"run {manifest.run}, written by certmark {manifest.evaluator}"
    if manifest.cloud is not None:
        yield f"cloud {manifest.cloud}"
    if bundle.has(REPORT):
        judgement = bundle.json(REPORT).get("judgement")
        yield str(judgement["sentence"]) if judgement else "not judged"
    suite = bundle.json(VERSIONS).get("suite", {}) if bundle.has(VERSIONS) else {}
    yield f"suite {suite.get('name')} {suite.get('version')}"
    yield ""
    yield from _members(manifest)
    yield ""
    yield from _removed(manifest)


def _members(manifest: Manifest) -> Iterator[str]:
    yield f"{'BYTES':>12}  {'SHA-256':<12}  MEMBER"
    for member in manifest.members:
        yield f"{member.size:>12,}  {member.sha256[:12]}  {member.path}"
    if manifest.of(MemberKind.STREAM):
        yield f"Streams are {_RAW}."


def _removed(manifest: Manifest) -> Iterable[str]:
    if not manifest.removals:
        return ["Nothing was removed."]
    return [
        f"Removed: {count_of(len(manifest.removals), 'secret', 'secrets')}; a salted digest stands for each.",
        *(f"  {removal.member}: {removal.what} ({removal.digest[:12]})" for removal in manifest.removals),
    ]
