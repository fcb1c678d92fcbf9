"""Commands of how-tos that need a cloud or somebody else's results: their words are ones that the verbs take."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from certmark.cli.main import VERBS
from certmark.cli.options import add_options, parse

HOW_TOS = Path(__file__).resolve().parents[2] / "docs" / "how-to"


def commands(page: str) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", (HOW_TOS / page).read_text(encoding="utf-8"), re.DOTALL):
        yield from (line for line in block.splitlines() if line.startswith("certmark "))


PAGES = ("certify-for-scs.md", "certify-kubernetes.md")


@pytest.mark.parametrize("command", [command for page in PAGES for command in commands(page)])
def test_a_command_is_one_that_its_verb_takes(command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    name = max((name for name in VERBS if words[: len(name.split())] == name.split()), key=len)
    module = import_module(f"certmark.cli.{VERBS[name].module}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser, module.Options)
    parse(module.Options, parser, words[len(name.split()) :])


def test_the_pages_have_such_commands() -> None:
    assert [len(list(commands(page))) for page in PAGES] == [3, 4]
