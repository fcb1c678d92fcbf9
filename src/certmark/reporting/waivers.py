"""Waivers in words."""

from __future__ import annotations

from certmark.domain.waivers import Waiver


def waiver_terms(waiver: Waiver) -> str:
    """Why, by whom and until when a waiver was granted."""
    since = f"from {waiver.granted.isoformat()} " if waiver.granted is not None else ""
    link = f", {waiver.link}" if waiver.link else ""
    product = f", for {waiver.product}" if waiver.product else ""
    under = f", under {waiver.guidelines}" if waiver.guidelines is not None else ""
    terms = f"granted by {waiver.grantor}{product}, {since}until {waiver.expires.isoformat()}{under}{link}"
    return f"{waiver.reason} ({terms}; {_approval(waiver)})"


def _approval(waiver: Waiver) -> str:
    return f"approved by {' and '.join(waiver.approvers)}" if waiver.approvers else waiver.approval.value
