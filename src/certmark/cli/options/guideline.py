"""Which guideline, program and tests are meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.options import argument, checked, option

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from certmark.app.verdict.requests import JudgeRequest

PROGRAM_HELP = "its name, a unique part of it, or another word for it (compute, object, scs; dns …)"
POLICY_HELP = "strict, none-failed, refstack-2020, or a JSON file (default: the guideline's)"


def _day(text: str) -> dt.date:
    import datetime as dt

    return dt.date.fromisoformat(text)


def day(help_: str, group: str | None = None, name: str = "--as-of") -> dt.date | None:
    """A field with a day."""
    found: dt.date | None = option(
        name, type=checked(_day, "a date like 2026-11-21"), metavar="DATE", help=help_, group=group
    )
    return found


def is_yaml_name(path: str | None) -> bool:
    """Whether the name of a file says that it is YAML."""
    return path is not None and path.lower().endswith((".yaml", ".yml"))


@dataclass(frozen=True, kw_only=True)
class WaiverOptions:
    """Which waivers hold, and who may have approved them."""

    waivers: str | None = option("--waivers", metavar="FILE", help="dated exceptions of one product, signed or not")
    waiver_signers: str | None = option(
        "--waiver-signers", metavar="FILE", help="who may approve waivers (allowed signers); others are refused"
    )


@dataclass(frozen=True, kw_only=True)
class ProgramOptions:
    """Which program of which guideline."""

    guideline: str | None = option(
        "--guideline",
        "-g",
        help="a file, a shipped id, or HISTORY/NAME@DATE: as it was on that day in an imported history "
        "(default: the shipped one that has the program)",
    )
    program: str | None = option("--program", "-p", help=PROGRAM_HELP)


@dataclass(frozen=True, kw_only=True)
class JudgingOptions(ProgramOptions, WaiverOptions):
    """By what results are judged."""

    policy: str | None = option("--policy", help=POLICY_HELP)
    product: str | None = option(
        "--product", metavar="NAME", help="whose results they are; waivers of another one are refused"
    )
    host_guideline: tuple[str, ...] = option(
        "--host-guideline",
        action="append",
        metavar="FILE",
        help="the guideline of an add-on's host (default: the one that it names, if it lies beside)",
    )
    as_of: dt.date | None = day("judge as on this day (default: today, UTC)")

    def judging(self, results: Sequence[str], *, digests: bool) -> JudgeRequest:
        """What is asked of the application."""
        from certmark.app.verdict.requests import JudgeRequest

        return JudgeRequest(
            results=results,
            guideline=self.guideline,
            program=self.program,
            policy=self.policy,
            waivers=self.waivers,
            waiver_signers=self.waiver_signers,
            product=self.product,
            host_guidelines=self.host_guideline,
            as_of=self.as_of,
            digests=digests,
        )


def guideline_argument(without: str = "the default that ships along") -> str | None:
    """The argument GUIDELINE; `without` says what is meant where none is named."""
    text = f"a file, -, or a shipped id (default: {without})"
    named: str | None = argument(nargs="?", metavar="GUIDELINE", help=text)
    return named
