"""Evidence bundles: what they are of, whether they hold, and what would leave the machine with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from certmark.domain.phrases import count_of, some
from certmark.domain.sentences import sentence
from certmark.evidence.bundle.layout import FORMAT, VERSION, Manifest, MemberKind, Preview
from certmark.evidence.bundle.verification import RECORDED, Verification
from certmark.formats.run_record import RunRecord
from certmark.reporting.blocks import Block, Cell, Heading, ItemGroup, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View

_DIGITS, _SHOWN = 12, 3
_RAW = "as the suite wrote them, but for secrets of what tests made: names of hosts, projects and users stand in them"


class BundleView(View):
    """What a bundle is of: run, verdict, suite, members, what was removed."""

    def __init__(self, manifest: Manifest, record: RunRecord | None, verification: Verification) -> None:
        """`record` is what its journal says of the run; None where it has no sound one."""
        self.title = f"Bundle of run {manifest.run}"
        self._manifest = manifest
        self._record = record
        self._verification = verification

    def blocks(self) -> Iterator[Block]:
        """For people who read."""
        manifest = self._manifest
        yield Sentence(f"run {manifest.run}, written by certmark {manifest.evaluator}, as the manifest says")
        if manifest.is_recorded:
            yield Sentence(f"{RECORDED[0].upper()}{RECORDED[1:]}.", Tone.GAP)
        if manifest.cloud is not None:
            yield Sentence(manifest.cloud.replace(":", " ", 1))
        yield from self._verdict()
        if self._record is not None:
            yield Sentence(f"suite {self._record.suite.name} {self._record.suite.version}")
        yield from _members(manifest)
        yield from _removed(manifest)
        yield from _accepted(manifest)

    def _verdict(self) -> Iterator[Block]:
        """The verdict that was judged again, and when the tests ran; what it contradicts where it does."""
        problems = [check for check in self._verification.checks if check.problem is not None]
        for check in problems:
            yield Sentence(f"{check.name} does not hold: {check.problem}", Tone.BAD)
        computed = self._verification.computed
        if computed is None:
            return
        yield Sentence(f"judged again: {sentence(computed.verdict)}")
        began, ended = computed.span.began, computed.span.ended
        if began is not None and ended is not None:
            yield Sentence(f"tests ran from {began:%Y-%m-%d %H:%M:%S} to {ended:%Y-%m-%d %H:%M:%S} UTC")

    def document(self) -> Document:
        """The manifest, as it is."""
        return Document(FORMAT, VERSION, self._manifest.document())


class RecordedBundleView(View):
    """A bundle that was made of results that existed already."""

    title = "Bundle of recorded results"

    def __init__(self, path: Path, manifest: Manifest, sentence: str) -> None:
        self._path = path
        self._manifest = manifest
        self._sentence = sentence

    def blocks(self) -> Iterator[Block]:
        """The verdict, what the bundle lacks, and where it lies."""
        yield Sentence(self._sentence)
        yield Sentence(f"{RECORDED[0].upper()}{RECORDED[1:]}.", Tone.GAP)
        yield Sentence(f"{self._path}: {count_of(len(self._manifest.members), 'member', 'members')}")

    def document(self) -> Document:
        """The manifest, as it is."""
        return Document(FORMAT, VERSION, self._manifest.document())


class BundleChecksView(View):
    """What holds of a bundle and what does not, check by check."""

    title = "Bundle, verified"

    def __init__(self, verification: Verification) -> None:
        self._verification = verification

    def blocks(self) -> Iterator[Block]:
        """A line for each check."""
        for check in self._verification.checks:
            holds = check.problem is None
            text = f"{'ok ' if holds else 'BAD'}  {check.name:<8}  {check.detail if holds else check.problem}"
            yield Sentence(text, Tone.GOOD if holds else Tone.BAD, is_line=True)

    def document(self) -> Document:
        """Each check, with its problem where it has one."""
        checks = [
            {"name": check.name, "problem": check.problem, "detail": check.detail}
            for check in self._verification.checks
        ]
        return Document("certmark-bundle-verification", 1, {"holds": self._verification.holds, "checks": checks})


class PreviewView(View):
    """What would leave the machine with a bundle."""

    title = "What would leave this machine"

    def __init__(self, preview: Preview) -> None:
        self._preview = preview

    def blocks(self) -> Iterable[Block]:
        """For people who read."""
        manifest = self._preview.manifest
        return (*_members(manifest), *_removed(manifest), *_accepted(manifest), *_unsearchable(self._preview))

    def document(self) -> Document:
        """The manifest that would be written, and the secrets that are still in it."""
        manifest = self._preview.manifest
        body = {
            "run": manifest.run,
            "cloud": manifest.cloud,
            "evaluator": manifest.evaluator,
            "members": [member.document() for member in manifest.members],
            "removed": [removal.document() for removal in manifest.removals],
            "secrets": [
                {"member": leak.member, "what": leak.what, "digest": leak.digest, "accept": not leak.is_known}
                for leak in self._preview.leaks
            ],
            "unsearchable": list(self._preview.unsearchable),
        }
        return Document("certmark-bundle-preview", 1, body)


def _members(manifest: Manifest) -> Iterator[Block]:
    width = max(len(f"{member.size:,}") for member in manifest.members) if manifest.members else 0
    rows = tuple(
        (Cell(f"{member.size:>{width},}"), Cell(member.sha256[:12]), Cell(member.path)) for member in manifest.members
    )
    yield Heading(f"Members: {len(rows)}")
    yield Table(("bytes", "SHA-256", "member"), rows)
    if manifest.of(MemberKind.STREAM):
        yield Sentence(f"Streams are {_RAW}.")


def _removed(manifest: Manifest) -> Iterator[Block]:
    if not manifest.removals:
        yield Heading("Nothing was removed.")
        return
    count = count_of(len(manifest.removals), "secret", "secrets")
    yield Heading(f"Removed: {count}; a salted digest stands for each.")
    alike: dict[tuple[str, str], list[str]] = {}
    for removal in manifest.removals:
        alike.setdefault((removal.member, removal.what), []).append(removal.digest[:_DIGITS])
    for (member, what), digests in alike.items():
        times = f", {len(digests)} times" if len(digests) > 1 else ""
        yield ItemGroup(f"{member}: {what}{times} ({some(digests, _SHOWN)})", ())


def _accepted(manifest: Manifest) -> Iterator[Block]:
    if not manifest.accepted:
        return
    yield Heading(f"Accepted by the operator as no secrets: {len(manifest.accepted)}")
    for one in manifest.accepted:
        yield ItemGroup(f"{one.member}: {one.what} ({one.digest[:_DIGITS]}): {one.reason}, says {one.by}", ())


def _unsearchable(preview: Preview) -> Iterator[Block]:
    if preview.unsearchable:
        yield Heading("Too short or too ordinary to be looked for by itself:")
        yield ItemGroup(f"the value of {', '.join(preview.unsearchable)}", ())
