"""Writes docs/reference/server-settings.md and server-command.md from the server itself; `--check` only compares.

`./dev docs` runs it, and a test runs it with `--check`.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from dataclasses import MISSING
from pathlib import Path
from typing import Any

from certmark.server.admin.verbs import VERBS
from certmark.server.main import parser_of
from certmark.server.parties import TABLES, columns_of
from certmark.server.settings import PREFIX, Settings

REFERENCE = Path(__file__).resolve().parent / "reference"
SETTINGS_HEAD = f"""# Settings of the server

This page is generated from the settings themselves by `./dev docs`.
A setting stands in a TOML file (`certmark-server VERB --config FILE`), or in the environment, in capitals and with
`{PREFIX}` before its name; the environment stands over the file, and `--data` and `--listen` over both.
A name that is none and a value that cannot be are refused at the start, by name.
Sizes are written like `512 MiB`, times in seconds, lists as a TOML array or with blanks between.
The value of a secret setting is never shown, in no refusal, log or page.

| setting | default | what it is |
| --- | --- | --- |
"""
COMMAND_HEAD = """# The command of the server

This page is generated from the verbs themselves by `./dev docs`.
Every verb takes `--data DIR` (the folder of the server) and `--config FILE` (settings, in TOML).
"""
_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"))


def main(words: list[str]) -> int:
    """Write the pages, or say whether they are up to date."""
    pages = {
        REFERENCE / "server-settings.md": SETTINGS_HEAD + "".join(settings()) + "".join(tables()),
        REFERENCE / "server-command.md": COMMAND_HEAD + "".join(verbs()),
    }
    if "--check" in words:
        return 0 if all(place.read_text() == page for place, page in pages.items()) else 1
    for place, page in pages.items():
        place.write_text(page)
    return 0


def settings() -> Iterator[str]:
    """A row for each."""
    for field in dataclasses.fields(Settings):
        secret = " Secret." if field.metadata["secret"] else ""
        yield f"| `{field.name}` | {shown(field.default)} | {field.metadata['help']}{secret} |\n"


def tables() -> Iterator[str]:
    """A section for each kind of table."""
    for name, kind in TABLES.items():
        yield f"\n## [{name}.ID]\n\n{(kind.__doc__ or '').strip()}\n"
        yield "`ID` has small letters and digits. In the environment a value is called "
        yield f"`{PREFIX}{name.upper()}_ID_VALUE`.\n\n| value | default | what it is |\n| --- | --- | --- |\n"
        for column in columns_of(kind).values():
            default = "" if column.default is MISSING or column.default == "" else shown(column.default)
            secret = " Secret." if column.metadata["secret"] else ""
            yield f"| `{column.name}` | {default} | {column.metadata['help']}{secret} |\n"


def shown(value: Any) -> str:
    """A default as it would be written."""
    if value is None or value == ():
        return ""
    if type(value) is tuple:
        return f"`{' '.join(value)}`"
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    if isinstance(value, int) and value >= _UNITS[-1][0]:
        size, unit = next(one for one in _UNITS if value % one[0] == 0)
        return f"`{value // size} {unit}`"
    return f"`{value:.10g}`" if isinstance(value, float) else f"`{value}`"


def verbs() -> Iterator[str]:
    """A section for each."""
    for name in VERBS:
        parser = parser_of(name)
        paragraphs = [" ".join(part.split()) for part in (parser.description or "").strip().split("\n\n")]
        whole = (part[0].upper() + part[1:] + ("" if part.endswith(".") else ".") for part in paragraphs)
        yield f"\n## certmark-server {name}\n\n" + "\n\n".join(whole) + "\n"
        own = [one for one in parser._actions if one.dest not in {"help", "data", "config"}]  # noqa: SLF001 - no public list
        if own:
            yield "\n| argument | what it does |\n| --- | --- |\n"
            yield from (f"| {argument(one)} | {one.help} |\n" for one in own)


def argument(action: argparse.Action) -> str:
    """How an argument is written."""
    value = f" {action.metavar}" if action.nargs != 0 and action.metavar else ""
    return f"`{action.option_strings[0]}{value}`" if action.option_strings else f"`{action.metavar}`"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
