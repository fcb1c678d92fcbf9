"""For whom accounts are: the cloud, the tests, how many classes at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from certmark.cli.options import checked, option
from certmark.cli.options.cloud import TESTS, AskedOptions, CloudOptions
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.cloud.accounts.needs import AccountsFor

_MOST = 64
_tests = partial(option, group=TESTS)


def _number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MOST:
        raise ValueError(text)
    return int(text)


def workers_option(default: int | None) -> int | None:
    """The field `-j` of verbs that count accounts."""
    words = "classes at a time" + (f" (default: {default})" if default is not None else "")
    found: int | None = _tests(
        "-j", default=default, type=checked(_number, f"a number of classes from 1 to {_MOST}"), metavar="N", help=words
    )
    return found


@dataclass(frozen=True, kw_only=True)
class AccountsOptions(AskedOptions, CloudOptions):
    """For whom accounts are."""

    suite: str = _tests("--suite", default="tempest", metavar="FILE", help="a description of another suite")
    tempest: str | None = _tests(
        "--tempest",
        metavar="VERSION|PATH",
        help="of the suite: a version, a source tree, or an environment that has it",
    )
    wheels: str | None = _tests("--wheels", metavar="DIR", help="install the suite from these wheels, without an index")
    role: tuple[str, ...] = _tests(
        "--role",
        action="append",
        metavar="OPTION=NAME",
        help="what the cloud calls a role: object-storage.operator_role=swiftoperator",
    )

    def accounts_for(self) -> AccountsFor:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.cloud.accounts.needs import AccountsFor

        return AccountsFor(
            os_cloud=self.os_cloud,
            guideline=self.guideline,
            program=self.program,
            levels=self.level,
            flagged=self.flagged,
            suite=self.suite,
            tempest=self.tempest,
            wheels=self.wheels,
            roles=self._roles(),
        )

    def _roles(self) -> Mapping[str, str]:
        roles = {}
        for word in self.role:
            key, equals, name = word.partition("=")
            if not equals or "." not in key or not name:
                raise InvalidRequest(
                    "--role takes SECTION.OPTION=NAME, such as object-storage.operator_role=swiftoperator, "
                    f"not {word!r}"
                )
            roles[key] = name
        return roles
