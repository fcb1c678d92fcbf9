"""The waivers that a person names: plain or signed, and approved where they say who may approve."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.waivers import Waiver
from certmark.formats.errors import excerpt

_LARGEST = 32 << 20
_LARGEST_LIST = 4 << 20


def waivers_of(path: str | None, signers: str | None = None, product: str | None = None) -> tuple[Waiver, ...]:
    """The waivers in a file, of the `product` where one is named, approved by `signers` (a file) where one is named.

    Raises InvalidRequest, InvalidWaivers, TrustError (NotApproved among them) or OSError.
    """
    if path is None:
        if signers is not None:
            raise InvalidRequest("it is said who may approve waivers, and there are none", Advice(Action.NAME_WAIVERS))
        return ()
    waivers = _approved(path, signers)
    stranger = next((one for one in waivers if product is not None and not one.is_of(product)), None)
    if stranger is not None:
        whose, wanted = excerpt(stranger.product or ""), excerpt(product or "")
        raise InvalidRequest(
            f"{Path(path).name} excuses tests of {whose}, not of {wanted}; a waiver belongs to one product"
        )
    return waivers


def _approved(path: str, signers: str | None) -> tuple[Waiver, ...]:
    data, name = read_file(path), Path(path).name
    if signers is None and not _is_envelope(data):
        from certmark.formats.waivers import read_waivers

        return read_waivers(data, name)
    from certmark.trust.waiver_approvals import approved_waivers, read_signed_waivers

    found = read_signed_waivers(data, name)
    if signers is None:
        return found.waivers
    from certmark.app.inputs.signers import signers_of

    return approved_waivers(found, signers_of(signers), dt.datetime.now(dt.UTC), name)


def read_file(path: str) -> bytes:
    """The content of a file of waivers, up to more than any may have. Raises OSError."""
    with Path(path).open("rb") as file:
        return file.read(_LARGEST)


def _is_envelope(data: bytes) -> bool:
    """As `trust.waiver_approvals.is_envelope`, which costs its imports."""
    return data.lstrip()[:1] == b"{" and b'"payloadType"' in data
