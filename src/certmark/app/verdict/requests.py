"""What is asked of a judgement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class JudgeRequest:
    """What is judged, and by what."""

    results: Sequence[str]
    """Files and directories of results, folders or ids of runs, bundles, `-`: attempts of one run."""
    guideline: str | None = None
    """A file, or a shipped id; None: what the run was asked by, else the shipped one that has the program."""
    program: str | None = None
    """Its name or a part of it; None: what the run was for, else the only one."""
    policy: str | None = None
    """A name, or a JSON file; None: as the run began with, else the guideline's."""
    waivers: str | None = None
    """None: those that the run began with."""
    waiver_signers: str | None = None
    """A file of those who may approve waivers."""
    product: str | None = None
    """Whose results they are; waivers of another one are refused."""
    host_guidelines: Sequence[str] = ()
    """Of an add-on's host; none: those that it names, if they lie beside."""
    as_of: dt.date | None = None
    """None: today, in UTC."""
    digests: bool = False
    """Whether the verdict's evidence shall name its SHA-256 sums."""
