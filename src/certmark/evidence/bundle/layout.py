"""What a bundle consists of: docs/reference/bundle.md says it for people."""

from __future__ import annotations

import re
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
PATH = re.compile(r"(?:[a-z]{1,20}/)?[A-Za-z0-9][A-Za-z0-9._+-]{0,150}\Z")
"""What a member may be called."""


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


class Manifest(NamedTuple):
    """What the bundle says of itself."""

    run: str
    evaluator: str
    """The version of Certmark that wrote it."""
    members: tuple[BundleMember, ...]
    """But for the manifest."""
    removals: tuple[RemovedSecret, ...]
    cloud: str | None = None
    """The identity of the cloud (`domain.cloud_identities`); None in bundles that were made before there was one."""
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
