"""What a bundle consists of: docs/reference/bundle.md says it for people."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from certmark.formats import run_folder

if TYPE_CHECKING:
    from certmark.evidence.secrets.acceptance import AcceptedSecret
    from certmark.evidence.secrets.redaction import RemovedSecret
    from certmark.evidence.secrets.search import LeakedSecret

FORMAT = "certmark-bundle"
VERSION = 1
MANIFEST = "manifest.json"
"""The first member: what follows is described before it comes."""
JOURNAL = run_folder.JOURNAL
REPORT = run_folder.REPORT
VERSIONS = "versions.json"
WAIVERS, WAIVER_SIGNERS = "waivers.json", "waiver-signers"
"""Of recorded results: what the file of waivers is called in `guideline/`, and the list of who may approve them."""
PATH = re.compile(r"(?:[a-z]{1,20}/)?[A-Za-z0-9][A-Za-z0-9._+-]{0,150}\Z")
"""What a member may be called; being ASCII, it has one form in Unicode."""
_NAMED = 16
"""Hex digits of the digest that names a run without a record."""
_OF_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z")
"""Parts of paths that Windows takes for a device, in lower case."""


def problem_of_names(paths: Iterable[str]) -> str | None:
    """Why members of these names could not lie side by side on every file system; None: they could.

    Names that differ in case only are one file on macOS and Windows, which also leave a last dot out.
    """
    seen: dict[str, str] = {}
    for path in paths:
        alike = path.lower()
        if alike in seen:
            other = seen[alike]
            return f"it names {path} twice" if other == path else f"{other} and {path} are one file on some systems"
        if any(part.endswith(".") or _OF_DEVICES.match(part) for part in alike.split("/")):
            return f"{path} is no name for a file on some systems"
        seen[alike] = path
    for alike, path in seen.items():
        folder, slash, _ = alike.rpartition("/")
        if slash and folder in seen:
            return f"{seen[folder]} is a file, and {path} would lie in it"
    return None


class MemberKind(Enum):
    """What a member is."""

    STREAM = "stream"
    """Results, as the suite wrote them."""
    JOURNAL = "journal"
    GUIDELINE = "guideline"
    CONFIGURATION = "configuration"
    """With secrets removed."""
    SELECTION = "selection"
    VERSIONS = "versions"
    REPORT = "report"
    JUDGING = "judging"
    """Waivers, a policy: what else a verdict was made with."""


PUBLIC = frozenset({MemberKind.GUIDELINE, MemberKind.JUDGING, MemberKind.SELECTION})
"""Documents that others wrote for everybody: of secrets in them only the operator's matter."""


class BundleMember(NamedTuple):
    """A file of the bundle."""

    path: str
    kind: MemberKind
    size: int
    sha256: str
    original: str | None = None
    """The SHA-256 of a stream before secrets of what the tests made were masked in it; None: it is as it was."""

    def document(self) -> dict[str, object]:
        """As it stands in a manifest."""
        found = self._asdict() | {"kind": self.kind.value}
        return found if self.original is not None else {key: found[key] for key in ("path", "kind", "size", "sha256")}


def name_of_recorded(members: Iterable[BundleMember]) -> str:
    """What a run without a record is called: the same results have the same name, whoever bundles them."""
    digests = sorted(member.original or member.sha256 for member in members if member.kind is MemberKind.STREAM)
    return f"recorded-{hashlib.sha256(''.join(digests).encode('ascii')).hexdigest()[:_NAMED]}"


class Manifest(NamedTuple):
    """What the bundle says of itself."""

    run: str
    evaluator: str
    """The version of Certmark that wrote it."""
    members: tuple[BundleMember, ...]
    """But for the manifest."""
    removals: tuple[RemovedSecret, ...]
    cloud: str | None = None
    """The identity of the cloud or cluster (`domain.subject_identities`); None where nobody said which."""
    accepted: tuple[AcceptedSecret, ...] = ()
    """What looks like a secret and, says the operator, is none."""

    def document(self) -> dict[str, object]:
        """As it stands in a bundle, below its format and version."""
        return {
            "run": self.run,
            **({} if self.cloud is None else {"cloud": self.cloud}),
            "evaluator": {"name": "certmark", "version": self.evaluator},
            "members": [member.document() for member in self.members],
            "removed": [removal.document() for removal in self.removals],
            **({"accepted": [one.document() for one in self.accepted]} if self.accepted else {}),
        }

    @property
    def is_recorded(self) -> bool:
        """Whether it is of results that existed already: no journal says what was asked and done."""
        return not self.of(MemberKind.JOURNAL)

    def of(self, kind: MemberKind) -> tuple[BundleMember, ...]:
        """The members of a kind, in their order."""
        return tuple(member for member in self.members if member.kind is kind)


class Preview(NamedTuple):
    """What would leave the machine."""

    manifest: Manifest
    leaks: tuple[LeakedSecret, ...]
    """Secrets that are still in it; a bundle with any is not written."""
    texts: tuple[tuple[str, str], ...]
    """(path, content) of the members that were rewritten."""
    unsearchable: tuple[str, ...] = ()
    """What the run was given and cannot be looked for, being too short or an ordinary word."""


_KINDS = {
    JOURNAL: MemberKind.JOURNAL,
    REPORT: MemberKind.REPORT,
    VERSIONS: MemberKind.VERSIONS,
    f"configuration/{run_folder.TESTS}": MemberKind.SELECTION,
}
_KINDS_OF_FOLDERS = {"streams": MemberKind.STREAM, "configuration": MemberKind.CONFIGURATION}


def kind_of(path: str, guideline: str | None) -> MemberKind:
    """The kind of the member `path`; `guideline` is the name of the file that judges, None: every one does."""
    folder, _, name = path.rpartition("/")
    if path in _KINDS:
        return _KINDS[path]
    if folder in _KINDS_OF_FOLDERS:
        return _KINDS_OF_FOLDERS[folder]
    return MemberKind.GUIDELINE if folder == "guideline" and name == (guideline or name) else MemberKind.JUDGING
