"""Which options a Tempest reads: its own list, from the Tempest itself or from the copy that ships along.

The shipped copy is the list of one version, without plugins, as `option_lister_main` wrote it in an
environment with nothing else in it. Another Tempest is asked by running that module in its
interpreter; the answer is kept by what is installed there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from certmark.cloud.discovery.options import Option
from certmark.cloud.errors import CloudError, first_line
from certmark.domain.advice import Action, Advice
from certmark.places import cache_home

SHIPPED = "47.0.0"
"""The version whose list ships along: that of the shipped description of the suite."""
_SECONDS = 120
_LARGEST = 16 << 20
_LISTER = "option_lister_main.py"
_TRUTHS = frozenset({"true", "1", "on", "yes", "false", "0", "off", "no"})
"""What oslo.config reads as a truth value."""


class OptionList(NamedTuple):
    """The options of one Tempest and its plugins."""

    version: str
    source: str
    """Where the list is from, for a person."""
    sections: Mapping[str, Mapping[str, Mapping[str, Any]]]

    def has(self, section: str, name: str) -> bool:
        """Whether this Tempest reads the option."""
        return name in self.sections.get(section, {})

    def kind(self, section: str, name: str) -> str:
        """`bool`, `int`, `list`, `str` …; empty where the option is not known."""
        return str(self.sections.get(section, {}).get(name, {}).get("type", ""))

    def default(self, section: str, name: str) -> str | None:
        """What this Tempest takes where nothing is said; None where that is nothing."""
        value = self.sections.get(section, {}).get(name, {}).get("default")
        if isinstance(value, list):
            return ",".join(map(str, value))
        return None if value is None else str(value)

    def problem(self, section: str, name: str, value: str) -> str | None:
        """What is wrong with the option, in a sentence that names near ones; None where it will do."""
        if not self.has(section, name):
            near = self.near(f"{section}.{name}")
            hint = f"; near it is {' or '.join(near)}" if near else ""
            return f"Tempest {self.version} has no option {section}.{name}{hint}"
        reason = _problem_with(value, self.sections[section][name])
        return None if reason is None else f"{section}.{name} = {value}: {reason}"

    def near(self, key: str) -> list[str]:
        """At most three options whose names are like `key`."""
        import difflib

        keys = [f"{section}.{name}" for section, names in self.sections.items() for name in names]
        name = key.partition(".")[2]
        same = [one for one in keys if name and one.endswith(f".{name}")]
        return list(dict.fromkeys([*same, *difflib.get_close_matches(key, keys, 3, 0.7)]))[:3]

    def split(self, options: Iterable[Option]) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
        """Those that this Tempest reads, and those that it does not."""
        known: list[Option] = []
        unknown: list[Option] = []
        for option in options:
            (known if self.has(option.section, option.name) else unknown).append(option)
        return tuple(known), tuple(unknown)


def option_list(wanted: str | None) -> OptionList:
    """The list of the Tempest `wanted`: a version, or the path of an environment, interpreter or command.

    None is the shipped one. Raises CloudError.
    """
    if wanted is None or SHIPPED in {wanted, f"{wanted}.0", f"{wanted}.0.0"}:
        return _shipped()
    python = _interpreter(wanted) if os.sep in wanted else _find_installed(wanted)
    if python is None:
        raise CloudError(
            f"no Tempest {wanted} is installed here to be asked for its options", Advice(Action.NAME_TEMPEST, SHIPPED)
        )
    return _ask(python)


def _shipped() -> OptionList:
    text = (files("certmark") / "data" / "tempest-options" / f"tempest-{SHIPPED}.json").read_text(encoding="utf-8")
    return _parse(text, "the list that ships along")


def _interpreter(wanted: str) -> Path | None:
    path = Path(wanted).absolute()
    candidates = (path / "bin" / "python", path if path.name.startswith("python") else path.parent / "python")
    return next((one for one in candidates if one.is_file() and os.access(one, os.X_OK)), None)


def _find_installed(version: str) -> Path | None:
    """The newest environment of that version that runs have made."""
    found = sorted(cache_home().glob(f"suites/tempest-{_escape(version)}*/bin/python"), key=str)
    return next((one for one in reversed(found) if _is_of(one, version)), None)


def _escape(version: str) -> str:
    return "".join(sign for sign in version if sign.isalnum() or sign in ".-+")


def _is_of(python: Path, version: str) -> bool:
    label = python.parent.parent.name.removeprefix("tempest-").rpartition("-")[0]
    return label == version or label.startswith(f"{version}.")


def _ask(python: Path) -> OptionList:
    kept = cache_home() / "option-lists" / f"{_key(python)}.json"
    try:
        return _parse(kept.read_text(encoding="utf-8"), f"{python}, asked before")
    except (OSError, CloudError):
        pass
    text = _run_lister(python)
    found = _parse(text, str(python))
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_suffix(f".{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(kept)
    except OSError:
        pass  # it is asked again next time
    return found


def _run_lister(python: Path) -> str:
    import subprocess

    lister = files("certmark") / "cloud" / "discovery" / _LISTER
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter that the person names, with a file of ours
            [python, "-I", str(lister)], capture_output=True, text=True, timeout=_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CloudError(f"{python} cannot be asked for Tempest's options: {first_line(error)}") from error
    if done.returncode:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it ended with a failure")
        raise CloudError(f"{python} has no Tempest that tells its options: {last.strip()[:200]}")
    return done.stdout[-_LARGEST:]


def _key(python: Path) -> str:
    """By what is installed beside the interpreter."""
    places = sorted(python.parent.parent.glob("lib/python3*/site-packages/*.dist-info"))
    told = [str(python), *(place.name for place in places)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def _parse(text: str, source: str) -> OptionList:
    try:
        document = json.loads(text)
        return OptionList(str(document["tempest"]), source, document["sections"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CloudError(f"{source} gives no list of options") from error


def _problem_with(value: str, told: Mapping[str, Any]) -> str | None:
    """Why a value cannot be of the option's type; None where it can."""
    if "$" in value:
        return None
    match told.get("type"):
        case "bool" if value.strip().lower() not in _TRUTHS:
            return "it must be true or false"
        case "int" if not value.strip().lstrip("+-").isdecimal():
            return "it must be a whole number"
        case "float" if not _is_number(value):
            return "it must be a number"
        case _:
            pass
    choices = told.get("choices")
    if choices and value not in choices:
        return f"it must be one of {', '.join(choices)}"
    return None


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def problems(options: Iterable[Option], known: OptionList) -> Iterator[str]:
    """What is wrong with options that a person gave, a sentence each."""
    for option in options:
        found = known.problem(option.section, option.name, option.value)
        if found is not None:
            yield f"{found} ({option.source})"
