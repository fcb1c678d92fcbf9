"""argparse as this command line has it: help as wide as the window, one sentence for a usage error."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING, NoReturn

from certmark.cli.exits import Exit

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_WIDEST = 120
_USAGE = "usage: "
_UNSEEN = 100
"""Signs in a line where there is no window."""


def window_width(stream_number: int = 1) -> int:
    """Signs in a line of the terminal behind a stream, at most so many as are read with ease."""
    try:
        width = int(os.environ.get("COLUMNS") or os.get_terminal_size(stream_number).columns)
    except (OSError, ValueError):
        width = _UNSEEN
    return max(40, min(width or _UNSEEN, _WIDEST))


class _Formatter(argparse.HelpFormatter):
    """Paragraphs are filled anew; lines that begin with a blank stay as they are."""

    def __init__(self, prog: str) -> None:
        # argparse would import shutil to find the width out, at every start.
        super().__init__(prog, width=window_width() - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(self._filled(paragraph, width, indent) for paragraph in text.strip().split("\n\n"))

    def _filled(self, paragraph: str, width: int, indent: str) -> str:
        if re.search(r"^ ", paragraph, re.MULTILINE):
            return "\n".join(f"{indent}{line}" for line in paragraph.splitlines())
        return super()._fill_text(paragraph, width, indent)


def _written(action: argparse.Action) -> str:
    """How an argument without a name stands in the usage."""
    word = str(action.metavar or action.dest.upper())
    return {"*": f"[{word} ...]", "+": f"{word} [...]", "?": f"[{word}]"}.get(str(action.nargs), word)


class Parser(argparse.ArgumentParser):
    """A verb's parser."""

    def __init__(self, *, prog: str, description: str | None) -> None:
        super().__init__(prog=prog, description=description, formatter_class=_Formatter, allow_abbrev=False)

    def format_help(self) -> str:
        """With a usage that fits a line: what an option takes stands below."""
        needed = [action for action in self._actions if action.option_strings and action.required]
        words = [f"{action.option_strings[0]} {action.metavar or action.dest.upper()}" for action in needed]
        head = " ".join([self.prog, *words])
        tail = " ".join(["[OPTION ...]", *map(_written, self._get_positional_actions())])
        is_long = len(f"{head} {tail}") > window_width() - len(_USAGE)
        self.usage = head + (f"\n{'':{len(_USAGE)}}" if is_long else " ") + tail
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """End the process with one sentence."""
        self.exit(Exit.USAGE, f"{self.prog}: {message}{self._meant(message)}; see {self.prog} --help\n")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        (sys.stderr if file is None else file).write(message)  # argparse would pass a full disk over

    def _meant(self, message: str) -> str:
        """What an option that there is not may have been meant for."""
        unknown = re.match(r"unrecognized arguments: (--?[\w-]+)", message)
        if unknown is None:
            return ""
        from certmark.domain.suggestions import did_you_mean  # few words are misspelt

        known = [name for action in self._actions for name in action.option_strings if name.startswith("--")]
        return did_you_mean(unknown[1], known)
