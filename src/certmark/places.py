"""Where Certmark keeps things on a machine, after the XDG base directory specification."""

from __future__ import annotations

import os
from pathlib import Path


def state_home() -> Path:
    """The folder of what must last (runs, sandboxes): $CERTMARK_HOME, else $XDG_STATE_HOME/certmark.

    It may not exist yet.
    """
    return _home("CERTMARK_HOME", "XDG_STATE_HOME", ".local/state")


def cache_home() -> Path:
    """The folder of what can be made again (environments, timings): $CERTMARK_CACHE, else $XDG_CACHE_HOME/certmark.

    It may not exist yet.
    """
    return _home("CERTMARK_CACHE", "XDG_CACHE_HOME", ".cache")


def config_home() -> Path:
    """The folder of what a person decided (whom to trust): $CERTMARK_CONFIG, else $XDG_CONFIG_HOME/certmark.

    It may not exist yet.
    """
    return _home("CERTMARK_CONFIG", "XDG_CONFIG_HOME", ".config")


def _home(own: str, base: str, usual: str) -> Path:
    if os.environ.get(own):
        return Path(os.environ[own]).absolute()
    # The specification: a base that is not absolute is to be ignored.
    named = Path(os.environ.get(base, ""))
    return (named if named.is_absolute() else Path.home() / usual) / "certmark"
