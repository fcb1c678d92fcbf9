"""Evidence bundles: previewed, verified, what looks like a secret accepted, and what was removed revealed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.inputs.attestations import attestation_beside, bundle_of
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.evidence.bundle import disclosures_of, preview_bundle, read_bundle, write_bundle
from certmark.evidence.bundle.folders import accepted_by, accepted_of, write_accepted
from certmark.evidence.bundle.layout import JOURNAL, Manifest, Preview
from certmark.evidence.bundle.verification import Verification, check_disclosures, verify
from certmark.evidence.secrets.acceptance import LONGEST, AcceptedSecret
from certmark.evidence.secrets.redaction import Disclosure, read_disclosures, write_disclosures
from certmark.evidence.secrets.remembering import remember_secrets_of_clouds
from certmark.evidence.secrets.search import LeakedSecret
from certmark.formats.run_record import InvalidRunRecord, RunRecord, record_in
from certmark.runner.folders import folder_of

_SHORTEST = 8
_LARGEST = 17 << 20


def verify_evidence(named: str, revealed: str | None = None) -> Verification:
    """Every check on a bundle, or on the bundle of a run; on the file `revealed` too, where there is one.

    Raises InvalidRequest, FormatError or OSError.
    """
    with read_bundle(bundle_of(named)) as bundle:
        found = verify(bundle)
        if revealed is None:
            return found
        with Path(revealed).open("rb") as file:
            shown = read_disclosures(file.read(_LARGEST), Path(revealed).name)
        return found._replace(checks=(*found.checks, check_disclosures(shown, bundle.manifest)))


class BundleSummary(NamedTuple):
    """What a bundle is of, as far as it was computed here."""

    manifest: Manifest
    record: RunRecord | None
    """What the run was asked, as its journal says; None where there is no sound one."""
    verification: Verification
    """Without the look for secrets."""


def describe(named: str) -> BundleSummary:
    """What a bundle, or the bundle of a run, is of. Raises InvalidRequest, FormatError or OSError."""
    with read_bundle(bundle_of(named)) as bundle:
        try:
            record = record_in(bundle.content(JOURNAL))
        except (KeyError, InvalidRunRecord):
            record = None
        return BundleSummary(bundle.manifest, record, verify(bundle, without=("secrets",)))


def attestation_of(named: str) -> Path | None:
    """The attestation beside a bundle, or beside the bundle of a run, if one lies there. Raises InvalidRequest."""
    path = attestation_beside(bundle_of(named))
    return path if path.is_file() else None


@dataclass(frozen=True, kw_only=True)
class DisclosureRequest:
    """What a reviewer is to be shown."""

    run: str
    """Its id or folder."""
    digests: Sequence[str]
    """What stands in the bundle in the place of a secret, or its first digits."""
    output: str
    """The file to write; it must not be there yet."""


class DisclosedValues(NamedTuple):
    """How much was revealed."""

    shown: int
    removed: int


def reveal(request: DisclosureRequest) -> DisclosedValues:
    """Write what stands behind the digests, for its owner only. Raises InvalidRequest, CannotProceed or FormatError."""
    folder = folder_of(request.run)
    known = disclosures_of(folder)
    shown = dict.fromkeys(_disclosure_of(known, digest.removeprefix("removed-").lower()) for digest in request.digests)
    _write_privately(request.output, write_disclosures(folder.name, shown))
    return DisclosedValues(len(shown), len(known))


def preview(run: str) -> Preview:
    """What would leave the machine with the bundle of a run, named by its id or folder. Raises as `preview_bundle`."""
    remember_secrets_of_clouds()
    return preview_bundle(folder_of(run))


@dataclass(frozen=True, kw_only=True)
class SecretAcceptanceRequest:
    """What looks like a secret and is none."""

    run: str
    """Its id or folder."""
    digests: Sequence[str]
    """Of what was found, or their first digits."""
    reason: str
    by: str


class Acceptance(NamedTuple):
    """What was accepted, and what came of it."""

    accepted: tuple[AcceptedSecret, ...]
    left: int
    """Findings that still refuse the bundle."""
    bundle: str | None
    """The bundle that was written; None as long as something refuses it."""


def accept(request: SecretAcceptanceRequest) -> Acceptance:
    """Write down that these are no secrets, and the bundle if nothing else refuses it.

    Raises InvalidRequest, FormatError or OSError.
    """
    remember_secrets_of_clouds()
    folder = folder_of(request.run)
    for what, text in (("reason", request.reason), ("name", request.by)):
        if not text.strip() or not text.isprintable() or len(text) > LONGEST:
            raise InvalidRequest(f"the {what} must be a few words, on one line")
    leaks = preview_bundle(folder).leaks
    chosen = [leak for digest in request.digests for leak in _leaks_of(leaks, digest.lower())]
    fresh = accepted_by(folder, chosen, request.reason.strip(), request.by.strip())
    write_accepted(folder, (*accepted_of(folder), *fresh))
    left = len(preview_bundle(folder).leaks)
    return Acceptance(fresh, left, None if left else write_bundle(folder))


def _leaks_of(leaks: Sequence[LeakedSecret], wanted: str) -> list[LeakedSecret]:
    """One value may stand in several members, and be found by several rules."""
    found = [leak for leak in leaks if leak.digest.startswith(wanted)]
    if len(wanted) < _SHORTEST or len({leak.digest for leak in found}) != 1:
        is_known = "no" if not found else "not enough of a"
        raise InvalidRequest(
            f"{wanted!r} is {is_known} digest of what was found in this run", Advice(Action.GIVE_FOUND_DIGEST)
        )
    known = next((leak for leak in found if leak.is_known), None)
    if known is not None:
        raise InvalidRequest(
            f"{known.what} stands in {known.member}: the run was given it, and it is never accepted; "
            "change it, and run these tests again"
        )
    return found


def _disclosure_of(known: Mapping[str, Disclosure], wanted: str) -> Disclosure:
    found = [disclosure for digest, disclosure in known.items() if digest.startswith(wanted)]
    if len(wanted) < _SHORTEST or len(found) != 1:
        is_known = "no" if not found else "not enough of a"
        raise InvalidRequest(
            f"{wanted!r} is {is_known} digest of what was removed from this run",
            Advice(Action.GIVE_DIGEST, str(_SHORTEST)),
        )
    return found[0]


def _write_privately(path: str, content: bytes) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise InvalidRequest(f"{path} is there already; name another file") from None
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror}") from error
    except OSError as error:
        raise CannotProceed(f"{path} cannot be written: {error.strerror}") from error
