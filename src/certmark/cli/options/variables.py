"""Options from the environment: what a wrapper sets for a verb, by the names of the verb's own options.

`CERTMARK_RUN_OS_CLOUD=north` stands for `--os-cloud north`, `CERTMARK_RUN_SUBMIT=true` for `--submit`; of an
option that may be given several times, each line is a value. What stands on the command line takes the
place of a variable. A variable that is empty is none; one that names no option is refused, never passed over.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Final

_SWITCH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def flags_of(options: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    """Each long option without its dashes -> its field."""
    return {
        name.removeprefix("--"): field
        for field in dataclasses.fields(options)
        for name in field.metadata.get("names", ())
        if name.startswith("--")
    }


def with_variables(
    prefix: str,
    options: type[Any],
    words: Sequence[str],
    environ: MutableMapping[str, str],
    parser: argparse.ArgumentParser,
) -> list[str]:
    """`words`, before them what the variables with `prefix` ask for; these are taken out of `environ`.

    What this process starts does not read them a second time. Ends the process where a variable makes no sense.
    """
    known = flags_of(options)
    found = {name: environ.pop(name) for name in sorted(environ) if name.startswith(prefix)}
    asked: list[str] = []
    for name, value in found.items():
        flag = name.removeprefix(prefix).lower().replace("_", "-")
        if flag not in known:
            parser.error(f"the variable {name} names no option{_meant(flag, known, prefix)}")
        if value.strip() and not _is_given(known[flag], words):
            asked += _words(name, f"--{flag}", value, known[flag].metadata, parser)
    return [*asked, *words]


def _words(
    name: str, flag: str, value: str, settings: Mapping[str, Any], parser: argparse.ArgumentParser
) -> Iterator[str]:
    if settings.get("action") == "store_true":
        if value.strip().lower() not in _SWITCH:
            parser.error(f"the variable {name} is {value.strip()!r}; it takes true or false")
        yield from [flag] * _SWITCH[value.strip().lower()]
        return
    values = value.splitlines() if settings.get("action") == "append" else [value]
    yield from (f"{flag}={one.strip()}" for one in values if one.strip())


def _is_given(field: dataclasses.Field[Any], words: Sequence[str]) -> bool:
    names = field.metadata["names"]
    long = [name for name in names if name.startswith("--")]
    short = tuple(name for name in names if not name.startswith("--"))
    return any(
        word.partition("=")[0] in long or (bool(short) and word.startswith(short) and not word.startswith("--"))
        for word in words
    )


def _meant(flag: str, known: Mapping[str, object], prefix: str) -> str:
    from certmark.domain.suggestions import did_you_mean  # few names are misspelt

    names = {prefix + one.upper().replace("-", "_") for one in known}
    return did_you_mean(prefix + flag.upper().replace("-", "_"), sorted(names))
