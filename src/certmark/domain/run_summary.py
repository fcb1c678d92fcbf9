"""What is known of the run behind a verdict: which cloud, with what, how it went. Claims of its record, no proof."""

from __future__ import annotations

from typing import NamedTuple


class RunSummary(NamedTuple):
    """One run, as its record and its journal tell of it."""

    run: str
    """Its id."""
    cloud: str
    """The address and the region of its identity service, or `local`; empty: nobody wrote it down."""
    identity: str
    """Of the cloud, in its text form; empty: it has none."""
    suite: str
    version: str
    """Of the suite, as it was installed."""
    workers: int
    """Classes at a time."""
    is_signed: bool
    """Whether a signature lies beside it; nobody looked whose."""
    sessions: int = 0
    """How often somebody went on with it."""
    repeats: int = 0
    """How often a part of it was run again."""
    killed: tuple[str, ...] = ()
    """Classes that did not come to an end by themselves: `CLASS (died)`; a later attempt may have."""
    reference: str = ""
    """How a person names it here; empty where it does not lie here as a folder."""
    selection: str = ""
    """The part of it that was to be run; empty: all of it."""
