"""What is judged, in words: a program, under which guideline, and what a reader must know of that guideline."""

from __future__ import annotations

from certmark.domain.guidelines import Guideline, Program

_DIGITS = 12


def judged_subject(guideline: Guideline, program: Program) -> str:
    """`OpenStack Powered Compute under the draft guideline 2026.11`: how a verdict's sentence begins.

    A guideline that only has the id of one that ships along is told by its digest.
    """
    title = f" ({guideline.title})" if guideline.title not in {None, program.name} else ""
    under = f" under {called(guideline)}"
    if guideline.id.casefold() == program.name.casefold():  # a list called as its program: once is enough
        under = ", a draft" if guideline.is_draft else ""
    version = f", version {guideline.version}" if guideline.version is not None else ""
    other = f" (SHA-256 {guideline.sha256[:_DIGITS]}…, not the one that ships along)" if guideline.is_other_text else ""
    return f"{program.name}{title}{under}{version}{other}"


def page_title(guideline: Guideline, program: Program) -> str:
    """`OpenStack Powered Compute, guideline 2026.11`: what a page is of."""
    title = f" ({guideline.title})" if guideline.title not in {None, program.name} else ""
    is_same = guideline.id.casefold() == program.name.casefold()
    return f"{program.name}{title}" + ("" if is_same else f", guideline {guideline.id}")


def called(guideline: Guideline) -> str:
    """`guideline 2020.06`, `the draft guideline 2026.11`."""
    return f"{'the draft guideline' if guideline.is_draft else 'guideline'} {guideline.id}"
