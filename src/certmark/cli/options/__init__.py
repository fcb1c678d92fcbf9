"""The options of verbs: each verb's are one dataclass, from which its parser and its help are made.

    @dataclass(frozen=True, kw_only=True)
    class Options(OutputOptions):
        results: tuple[str, ...] = argument(nargs="+", metavar="RESULT", help="a file of results")
        full: bool = option("--full", action="store_true", help="list everything")

Groups that several verbs share are base classes in this package.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

_Options = TypeVar("_Options")
_LONG = 30
_LISTS = ("append", "extend")


def option(*names: str, group: str | None = None, **settings: Any) -> Any:
    """A field of a verb's options: `names` and `settings` are those of argparse's `add_argument`.

    `group` is the heading under which help lists it. What may be given several times is a tuple.
    """
    is_list = settings.get("action") in _LISTS or settings.get("nargs") in {"*", "+"}
    default = settings.pop("default", () if is_list else False if settings.get("action") == "store_true" else None)
    return dataclasses.field(default=default, metadata={"names": names, "group": group, **settings})


def argument(**settings: Any) -> Any:
    """A field for an argument without a name of its own; `settings` as for `option`."""
    return option(**settings)


def add_options(parser: argparse.ArgumentParser, options: type[Any]) -> None:
    """Give `parser` the arguments that the dataclass `options` declares: its own, then those of its bases."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    fields = {field.name: field for field in dataclasses.fields(options)}
    names = dict.fromkeys(name for class_ in options.__mro__ for name in vars(class_).get("__annotations__", ()))
    for field in (fields[name] for name in names if name in fields):
        settings = dict(field.metadata)
        flags, group = settings.pop("names"), settings.pop("group")
        choices = ", ".join(map(str, settings.get("choices", ())))
        if len(choices) > _LONG and "metavar" not in settings:
            # argparse would write them as one word, which no line is long enough for.
            settings |= {"metavar": field.name.upper(), "help": f"{settings.get('help', '')} ({choices})"}
        if group is not None and group not in groups:
            groups[group] = parser.add_argument_group(group)
        place = parser if group is None else groups[group]
        default = [] if field.default == () else field.default
        if flags:
            place.add_argument(*flags, dest=field.name, default=default, **settings)
        else:
            place.add_argument(field.name, default=default, **settings)


def parse(options: type[_Options], parser: argparse.ArgumentParser, words: Sequence[str]) -> _Options:
    """The options in `words`; argparse ends the process where it cannot understand them."""
    # Arguments may stand on both sides of an option; only the plain parser knows that all behind -- are arguments.
    found = vars(parser.parse_args(words) if "--" in words else parser.parse_intermixed_args(words))
    return options(**{name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})


def checked(read: Callable[[str], Any], what: str) -> Callable[[str], Any]:
    """`read` as a `type` for argparse: its ValueError becomes `'x' is not WHAT`."""

    def convert(text: str) -> Any:
        try:
            return read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None

    return convert
