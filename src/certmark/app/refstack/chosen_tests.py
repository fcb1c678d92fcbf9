"""Which tests RefStack's client was told to run, as a list that a run takes in the place of a guideline."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from certmark.app.inputs.suites import installed_for
from certmark.app.inputs.test_lists import name_of_list
from certmark.app.refstack.server import connection_to
from certmark.cloud.discovery.tempest_conf import take_config
from certmark.domain.errors import InvalidRequest
from certmark.domain.identity import split
from certmark.domain.remarks import Listener
from certmark.runner.suites import list_tests, load_suite

_SUITE = "tempest"
_ERRORS = ("Invalid target: ", "Error getting JSON content for version: ")
"""How RefStack says with status 200 that it has no list."""


@dataclass(frozen=True, kw_only=True)
class ChosenTests:
    """A list of tests, or what their full ids look like; neither: all that the suite has."""

    test_list: str | None = None
    """A file or an address."""
    expressions: tuple[str, ...] = ()
    """Regular expressions; a test has one of them somewhere in its full id."""
    excluded: tuple[str, ...] = ()
    """Likewise those of tests that are left out."""
    is_smoke: bool = False
    """Those only that the suite marks so."""

    @property
    def is_by_pattern(self) -> bool:
        """Whether anything but a list says which tests are meant."""
        return bool(self.expressions or self.excluded or self.is_smoke)


@contextmanager
def list_of(chosen: ChosenTests, conf: Path, listen: Listener, *, is_checked: bool) -> Iterator[str]:
    """The file of a list with the tests, until the block ends.

    Raises InvalidRequest, CannotProceed (SuiteError among them) or OSError.
    """
    if chosen.test_list is not None and chosen.is_by_pattern:
        raise InvalidRequest("a list of tests and patterns of names both say which tests are run; keep one of them")
    with tempfile.TemporaryDirectory(prefix="certmark-refstack-") as folder:
        if chosen.test_list is None:
            path = Path(folder, "chosen.txt")
            path.write_text("".join(f"{full}\n" for full in _full_ids(chosen, conf, Path(folder), listen)))
            yield str(path)
        elif "://" in chosen.test_list:
            yield str(_fetched(chosen.test_list, Path(folder), listen, is_checked=is_checked))
        else:
            yield chosen.test_list


def _full_ids(chosen: ChosenTests, conf: Path, folder: Path, listen: Listener) -> list[str]:
    wanted, unwanted = _any_of(chosen.expressions or ("",)), _any_of(chosen.excluded)
    take_config(conf, None, folder)
    installed = installed_for(load_suite(_SUITE), None, None, [one.lstrip("^") for one in chosen.expressions], listen)
    found = [
        full
        for full in list_tests(installed, folder)
        if wanted.search(full)
        and not (chosen.excluded and unwanted.search(full))
        and (not chosen.is_smoke or "smoke" in split(full).attributes)
    ]
    if not found:
        raise InvalidRequest(f"{installed.suite.title} {installed.version} has no test that was asked for")
    return found


def _any_of(expressions: Iterable[str]) -> re.Pattern[str]:
    """Raises InvalidRequest."""
    for one in expressions:
        try:
            re.compile(one)
        except (re.error, RecursionError, OverflowError) as error:
            raise InvalidRequest(f"{one[:80]!r} is no regular expression: {error}") from error
    return re.compile("|".join(f"(?:{one})" for one in expressions))


def _fetched(address: str, folder: Path, listen: Listener, *, is_checked: bool) -> Path:
    connection = connection_to(address, listen, api="", is_checked=is_checked)
    answer = connection.ask(lambda: connection.send("GET", ""))
    text = answer.content.decode("utf-8", "replace")
    if answer.status_code != 200 or not text.strip() or text.startswith(_ERRORS):
        raise InvalidRequest(f"there is no list of tests at {address}: {text.strip()[:200] or 'it is empty'}")
    path = folder / name_of_list(urlsplit(address).path)
    path.write_bytes(answer.content)
    return path
