"""Writes docs/reference/command-line.md from the command line itself; `--check` only compares.

`./dev docs` runs it, and a test runs it with `--check`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from certmark.cli.main import VERBS, Verb
from certmark.cli.options import add_options

TARGET = Path(__file__).resolve().parent / "reference" / "command-line.md"
HEAD = """# The command line

This page is generated from the commands themselves by `./dev docs`.
Data goes to standard output and remarks to standard error, so that a pipe carries data only.
Colour and tables appear on a terminal only, and `NO_COLOR` is honoured.
"""


def main(words: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    page = HEAD + "".join(line for name, verb in VERBS.items() for line in section(name, verb))
    if "--check" in words:
        return 0 if TARGET.read_text() == page else 1
    TARGET.write_text(page)
    return 0


def section(name: str, verb: Verb) -> Iterator[str]:
    """A verb: what its help says, and a table of its arguments."""
    module = import_module(f"certmark.cli.{verb.module}")
    parser = argparse.ArgumentParser(prog=f"certmark {name}", add_help=False)
    add_options(parser, module.Options)
    yield f"\n## certmark {name}\n\n{prose(module.__doc__ or '')}\n\n| argument | what it does |\n| --- | --- |\n"
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list of its arguments
        yield f"| {argument(action)} | {(action.help or '').replace('%%', '%').replace('|', chr(92) + '|')} |\n"


def prose(text: str) -> str:
    """The help text as Markdown: paragraphs joined, the exit status as a sentence."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
    return "\n\n".join(
        paragraph[0].upper() + paragraph[1:] + ("" if paragraph.endswith(".") else ".") for paragraph in paragraphs
    )


def argument(action: argparse.Action) -> str:
    """How an argument is written."""
    value = action.metavar or (
        "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
    )
    takes_value = action.nargs != 0
    if not action.option_strings:
        return f"`{value}`" + {"+": " (one or more)", "?": " (may be left out)"}.get(str(action.nargs), "")
    words = [f"`{option} {value}`" if takes_value else f"`{option}`" for option in action.option_strings]
    return ", ".join(words).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
