"""The console script `refstack-client`, which a distribution of its own brings."""

from __future__ import annotations

import sys
from typing import NoReturn

from certmark.cli.main import run as run_certmark


def run() -> NoReturn:
    """As `certmark refstack-client`."""
    sys.argv[1:1] = ["refstack-client"]
    run_certmark()
