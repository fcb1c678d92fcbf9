"""YAML of strangers: plain values, no aliases, no tags of programs, bounded."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import yaml

from certmark.formats.errors import FormatError, excerpt

_DEEPEST = 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where it is there


class ForeignLoader(_LOADER):  # type: ignore[valid-type, misc]  # mypy cannot follow a base class chosen at import
    """Refuses a key that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As a dict. Raises MarkedYAMLError for the second of equal keys."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key that is no text", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {excerpt(key.value, 40)} twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


class TextLoader(ForeignLoader):
    """Takes plain words for texts, but for whole numbers, true, false and null: `2027.10` stays what stands there."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As a dict whose keys are the texts that stand there."""
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = _TEXT
        return super().construct_mapping(node, deep)


_TEXT = "tag:yaml.org,2002:str"
for _tag, _pattern, _starts in (
    ("tag:yaml.org,2002:bool", r"(?:true|false)\Z", "tf"),
    ("tag:yaml.org,2002:int", r"(?:0|-?[1-9][0-9]{0,17})\Z", "-0123456789"),
    ("tag:yaml.org,2002:null", r"(?:null|~|)\Z", ("n", "~", "")),
):
    TextLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_starts))


def parse(data: bytes, name: str, family: type[FormatError], *, loader: type[ForeignLoader] = ForeignLoader) -> Any:
    """The value that `data` holds; raises `family` with one sentence where it is none, or dangerous.

    The caller has bounded the size of `data`.
    """
    try:
        _check_events(data, name, family, tags=loader is not TextLoader)
        return yaml.load(data, Loader=loader)  # noqa: S506 - a safe loader, and then some
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark is not None and too_deep_at(error) is not None:
            raise family(_nested(name, mark.line + 1)) from error
        where = "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"
        problem = " ".join((error.problem or "it is damaged").split())[:120]
        problem = problem.replace("but found another document", "a second document begins")
        raise family(f"{name} is no YAML that is read here{where}: {problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise family(f"{name} is no YAML that is read here; mend it, or name another file") from error


def _check_events(data: bytes, name: str, family: type[FormatError], *, tags: bool) -> None:
    depth = 0
    for event in yaml.parse(data, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise family(f"{name}, line {line}: an alias, by which YAML can grow without end")
        if not tags and getattr(event, "tag", None) is not None:
            raise family(f"{name}, line {line}: a tag (!), which is not read here; leave it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise family(_nested(name, line))


def too_deep_at(error: yaml.YAMLError) -> yaml.Mark | None:
    """Where libyaml gave up at a depth of its own: that of PyYAML 6.0.4 does at 1000, before it tells any event."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem == "exceeded maximum nesting depth":
        return error.problem_mark
    return None


def _nested(name: str, line: int) -> str:
    return f"{name}, line {line}: nested more than {_DEEPEST} deep"
