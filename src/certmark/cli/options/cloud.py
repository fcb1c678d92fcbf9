"""Which cloud is meant, and which tests."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from certmark.cli.console import printable
from certmark.cli.options import option
from certmark.cli.options.guideline import PROGRAM_HELP
from certmark.domain.errors import InvalidRequest

CLOUD, TESTS, OUT = "the cloud", "which tests", "what comes out"
"""Headings of help."""
_cloud, _tests = partial(option, group=CLOUD), partial(option, group=TESTS)


@dataclass(frozen=True, kw_only=True)
class CloudOptions:
    """A cloud of clouds.yaml."""

    os_cloud: str | None = _cloud(
        "--os-cloud", metavar="NAME", help="an entry of clouds.yaml (default: $OS_CLOUD, or OS_*)"
    )
    region: str | None = _cloud(
        "--region", metavar="NAME", help="a region of it (default: its entry's, or $OS_REGION_NAME)"
    )

    debug: bool = _cloud(
        "--debug", action="store_true", help="show each HTTP call to it, without headers and bodies, on standard error"
    )

    def prepare_sign_in(self) -> None:
        """As `openstack` has it: the region is read from the environment, a password that is nowhere is asked for."""
        from certmark.cloud.passwords import ask_with

        if self.region is not None:
            os.environ["OS_REGION_NAME"] = self.region
        ask_with(_ask_password)


@dataclass(frozen=True, kw_only=True)
class ConfiguredCloudOptions(CloudOptions):
    """A cloud of clouds.yaml, or of a configuration of the suite; and whom the tests act as."""

    tempest_conf: Path | None = _cloud(
        "--tempest-conf", type=Path, metavar="FILE", help="a configuration of your own, with its accounts file"
    )
    accounts: Path | None = _cloud(
        "--accounts", type=Path, metavar="FILE", help="users for the tests, in Tempest's form"
    )

    def demand_one_cloud(self) -> None:
        """Raises InvalidRequest where two are named."""
        if self.tempest_conf is not None and self.os_cloud is not None:
            raise InvalidRequest("--tempest-conf and --os-cloud both name a cloud; keep one of them")


@dataclass(frozen=True, kw_only=True)
class AskedTestsOptions:
    """Whose tests of which guideline are meant."""

    guideline: str | None = _tests(
        "--guideline", "-g", help="a file, or a shipped id (default: the shipped one that has the program)"
    )
    level: str = _tests(
        "--level", default="required", metavar="LEVELS", help="whose tests: required,advisory,… (default: required)"
    )
    flagged: bool = _tests("--flagged", action="store_true", help="flagged tests, too; they never count")


def _ask_password(whose: str) -> str | None:
    """The password that somebody types at the terminal, unseen; None where nobody is there, or types none."""
    if not sys.stdin.isatty():
        return None
    import getpass

    try:
        return getpass.getpass(f"password of {printable(whose)}: ") or None
    except EOFError:
        return None


@dataclass(frozen=True, kw_only=True)
class AskedOptions(AskedTestsOptions):
    """Which tests of one program are meant."""

    program: str | None = _tests("--program", "-p", help=PROGRAM_HELP)


def number_of_classes(text: str) -> int | None:
    """How many classes at a time, for argparse: a number, or `auto`, which is None."""
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(text)
    return int(text)
