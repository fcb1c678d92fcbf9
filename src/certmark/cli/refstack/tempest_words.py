"""The words behind `--`, which were those of `tempest run`: what of them chooses tests, and how many run at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.options import add_options, argument, checked, option, parse
from certmark.cli.options.cloud import number_of_classes
from certmark.cli.parser import Parser
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.refstack.chosen_tests import ChosenTests


def _workers(text: str) -> int | None:
    return None if text == "0" else number_of_classes(text)


@dataclass(frozen=True, kw_only=True)
class TempestWords:
    """What was understood of them."""

    patterns: tuple[str, ...] = argument(nargs="*", metavar="REGEX")
    regex: tuple[str, ...] = option("--regex", "-r", action="append")
    exclude_regex: tuple[str, ...] = option("--exclude-regex", "--black-regex", action="append")
    include_list: str | None = option("--include-list", "--whitelist-file", "--whitelist_file")
    exclude_list: str | None = option("--exclude-list", "--blacklist-file", "--blacklist_file")
    load_list: str | None = option("--load-list")
    smoke: bool = option("--smoke", action="store_true")
    serial: bool = option("--serial", "-t", action="store_true")
    parallel: bool = option("--parallel", action="store_true")
    concurrency: int | None = option(
        "--concurrency", "-w", type=checked(_workers, "a number of processes, 0 for as many as can be"), default=1
    )

    def chosen(self, test_list: str | None) -> ChosenTests:
        """Which tests are meant, with the list that was named otherwise. Raises InvalidRequest or OSError."""
        from certmark.app.refstack.chosen_tests import ChosenTests

        if test_list is not None and self.load_list is not None:
            raise InvalidRequest("--test-list and --load-list both name a list of tests; keep one of them")
        return ChosenTests(
            test_list=test_list or self.load_list,
            expressions=(*self.patterns, *self.regex, *_lines(self.include_list)),
            excluded=(*self.exclude_regex, *_lines(self.exclude_list)),
            is_smoke=self.smoke,
        )


def tempest_words(words: Sequence[str]) -> TempestWords:
    """What they say; a word that is none of these ends the process, as in any command line."""
    parser = Parser(prog="certmark refstack-client test --", description=None)
    add_options(parser, TempestWords)
    return parse(TempestWords, parser, words)


def _lines(path: str | None) -> list[str]:
    """The expressions in a file of Tempest's: a line each, with remarks behind #."""
    lines = [] if path is None else Path(path).read_text(encoding="utf-8").splitlines()
    return [found for line in lines if (found := line.partition("#")[0].strip())]
