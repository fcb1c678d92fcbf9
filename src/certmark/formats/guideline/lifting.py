"""A document of the schemas 1.0 to 2.0 as one of format 3, without loss.

What is understood is said in the words of format 3, in the order of the original. What the lifted document would
say otherwise when it is lowered again (other spellings, unknown keys, another order) stands in `original.changes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from certmark.domain.guidelines import Level
from certmark.domain.identity import bare_uuid
from certmark.formats.guideline.capabilities import code_of
from certmark.formats.guideline.differences import differences
from certmark.formats.guideline.lowering import lowered_to
from certmark.formats.guideline.schemas import FORMAT_3, FORMAT_3_ADDRESS
from certmark.formats.guideline.targets import targets

Table = Mapping[str, tuple[str, Callable[[Any], Any]]]
"""From a key, what it is called in format 3 and how its value is written there; None: not at all."""

_LEVELS = tuple(level.value for level in Level)
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")


def lifted(document: Mapping[str, Any], schema: str) -> dict[str, Any]:
    """`document`, a guideline of `schema`, in format 3."""
    found = _lifted(document, schema)
    changes = differences(lowered_to(schema, found), document)
    return {**found, "original": {"schema": schema, **({"changes": changes} if changes else {})}}


def _lifted(document: Mapping[str, Any], schema: str) -> dict[str, Any]:
    is_2 = schema == "2.0"
    metadata = _mapping(document.get("metadata")) if is_2 else document
    approval = _mapping(metadata.get("os_trademark_approval")) if is_2 else {}
    found: dict[str, Any] = {
        "$schema": FORMAT_3_ADDRESS,
        "metadata": {**_changed(metadata, _METADATA), "schema": FORMAT_3, **_changed(approval, _METADATA)},
        "scoring": _changed(_mapping(metadata.get("scoring")) if is_2 else document, _SCORING),
        "programs": _programs_of_2(document) if is_2 else _programs_of_1(document, schema),
        "components": _components(document, schema),
        "capabilities": _each(document.get("capabilities"), _capability),
        "designated_sections": _sections(document, is_2=is_2),
        "suites": _each(document.get("test_repositories" if is_2 else "test-repositories"), _suite),
    }
    if schema == "1.0":
        found["metadata"]["releases"] = [_name_of_list(document)]
    kept = ("$schema", "metadata", "programs", "components", "capabilities")
    return {key: value for key, value in found.items() if value or key in kept}


def _changed(content: Mapping[str, Any], table: Table) -> dict[str, Any]:
    found = {}
    for key, value in content.items():
        name, write = table.get(key, (key, _nothing))
        written = write(value)
        if written is not None and name not in found:
            found[name] = written
    return found


def _each(content: object, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    return {key: change(value) for key, value in _mapping(content).items() if isinstance(value, dict)}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _nothing(_: object) -> None:
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _some_text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _texts(value: object) -> list[str] | None:
    """A list of texts that has some."""
    return value if isinstance(value, list) and value and all(isinstance(item, str) for item in value) else None


def _number(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _criterion(content: Mapping[str, Any]) -> dict[str, Any]:
    return _changed(content, _CRITERION)


def _suite(content: Mapping[str, Any]) -> dict[str, Any]:
    return _changed(content, _SUITE)


def _policy(value: object) -> object:
    return value if isinstance(value, str | dict) else None


_METADATA: Table = {
    "id": ("id", _some_text),
    "release": ("id", _some_text),
    **{key: (key, _text) for key in ("source", "reference", "status", "target_approval", "replaces")},
    "releases": ("releases", _texts),
    "policy": ("policy", _policy),
}
_SCORING: Table = {
    "cutoff_score": ("cutoff", _number),
    "criteria": ("criteria", lambda value: _each(value, _criterion) or None),
}
_CRITERION: Table = {
    "name": ("name", _text),
    "description": ("description", _text),
    "Description": ("description", _text),
    "weight": ("weight", _number),
}
_SUITE: Table = {
    "repository": ("repository", _text),
    "url": ("repository", _text),
    "reference": ("reference", _text),
    "git-sha": ("reference", _text),
    "description": ("description", _text),
}


def _programs_of_2(document: Mapping[str, Any]) -> dict[str, Any]:
    programs: dict[str, Any] = {}
    has_add_ons = "add-ons" in document
    for group, kind in (("platforms", "platform"), ("add-ons", "add-on")):
        for name, content in _mapping(document.get(group)).items():
            fields = _mapping(content)
            members = _members(fields.get("components"))
            target = _target(name, members, has_add_ons=has_add_ons)
            aliases = _texts(fields.get("aliases")) or []
            key = _free_key(programs, (target, targets().word_of(name), *aliases), name)
            programs[key] = _without_empty(
                name=name,
                kind=kind,
                description=_text(fields.get("description")),
                components=members,
                hosts=_hosts(fields),
                aliases=[alias for alias in aliases if alias != key],
                target=target,
            )
    return programs


def _without_empty(**fields: object) -> dict[str, Any]:
    """The fields of a program that say something."""
    return {key: value for key, value in fields.items() if value or key == "components"}


def _hosts(fields: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"requires": "required_platform_components", "optional": "optional_platform_components"}
    return {word: _members(fields[key]) for word, key in keys.items() if key in fields}


def _target(name: str, members: list[dict[str, Any]], *, has_add_ons: bool) -> str | None:
    if not has_add_ons:
        return targets().platforms.get(name)
    return targets().of_component(members[0]["name"]) if len(members) == 1 else None


def _members(value: object) -> list[dict[str, Any]]:
    entries = value if isinstance(value, list) else []
    names = ({key: _text(_mapping(entry).get(key)) for key in ("name", "source")} for entry in entries)
    return [{key: text for key, text in entry.items() if text is not None} for entry in names if entry["name"]]


def _free_key(programs: Mapping[str, Any], words: Iterable[str | None], name: str) -> str:
    """A key for a program that no other has: the first of `words` that may be one, else made of its name."""
    made = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "program"
    candidates = (*(word for word in words if word and _KEY.match(word)), made)
    numbered = (f"{made}-{number}" for number in range(2, len(programs) + 3))
    return next(key for key in (*candidates, *numbered) if key not in programs)


def _programs_of_1(document: Mapping[str, Any], schema: str) -> dict[str, Any]:
    """Schema 1.0 is one list; since 1.2 there is the platform, and each component could be asked for by itself."""
    if schema == "1.0":
        name = _name_of_list(document)
        return {_free_key({}, (), name): _without_empty(name=name, kind="list", components=[{"name": name}])}
    whole = _texts(_mapping(document.get("platform")).get("required")) or []
    alone = {name: [name] for name in _mapping(document.get("components"))}
    programs: dict[str, Any] = {}
    for name, members in {**({"platform": whole} if "platform" in document else {}), **alone}.items():
        later = list(targets().names_of(name))
        programs[_free_key(programs, (name,), name)] = _without_empty(
            name=name,
            kind="platform",
            components=[{"name": member} for member in members],
            aliases=later,
            target=name if later else None,
        )
    return programs


def _name_of_list(document: Mapping[str, Any]) -> str:
    return str(document.get("id") or document.get("release") or "list")


def _components(document: Mapping[str, Any], schema: str) -> dict[str, Any]:
    if schema == "1.0":
        return _component_of_core(document)
    found = {}
    for name, content in _mapping(document.get("components")).items():
        levels = _mapping(content)
        parts = ("capabilities", "designated_sections") if schema == "2.0" else ("capabilities",)
        graded = {part: _graded(levels.get(part) if schema == "2.0" else levels) for part in parts}
        found[name] = {part: placed for part, placed in graded.items() if placed}
    return found


def _graded(content: object) -> dict[str, Any]:
    graded = {level: _names(names) for level, names in _mapping(content).items() if level in _LEVELS}
    return {level: names for level, names in graded.items() if names is not None}


def _names(value: object) -> list[str] | None:
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def _component_of_core(document: Mapping[str, Any]) -> dict[str, Any]:
    levels: dict[str, list[str]] = {"required": [], "advisory": []}
    for key, content in _mapping(document.get("capabilities")).items():
        levels["required" if _mapping(content).get("core") is True else "advisory"].append(key)
    return {_name_of_list(document): {"capabilities": levels}}


def _capability(content: Mapping[str, Any]) -> dict[str, Any]:
    found = _changed(content, _CAPABILITY)
    tests = content.get("tests")
    if isinstance(tests, list):
        flagged = set(_names(content.get("flagged")) or ())
        names = dict.fromkeys(name for name in tests if isinstance(name, str))
        found["tests"] = {name: {"flag": {"reason": ""}} if name in flagged else {} for name in names}
    return found


def _scores(value: object) -> dict[str, Any] | None:
    names = _names(value)
    if names is None or len(set(names)) != len(names) or "" in names:
        return None
    return {name: {"mark": 1} for name in names}


def _credentials(value: object) -> str | None:
    return {True: "admin", False: "user"}[value] if isinstance(value, bool) else None


def _test(content: Mapping[str, Any]) -> dict[str, Any]:
    return _changed(content, _TEST)


def _urn(value: object) -> str | None:
    uuid = bare_uuid(value) if isinstance(value, str) else None
    return None if uuid is None else f"tempest:{uuid}"


def _flag(value: object) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    found = _changed(value, {key: (key, _text) for key in ("reason", "action", "date")})
    code = code_of(found.get("reason", ""))
    return {**({"code": code} if code else {}), **found}


_CAPABILITY: Table = {
    "name": ("name", _some_text),
    "description": ("description", _text),
    "project": ("project", _text),
    "required_since": ("required_since", _some_text),
    "required-since": ("required_since", _some_text),
    "admin": ("credentials", _credentials),
    "achievements": ("scores", _scores),
    "tests": ("tests", lambda value: _each(value, _test)),
}
_TEST: Table = {
    "idempotent_id": ("test", _urn),
    "aliases": ("aliases", _texts),
    "flagged": ("flag", _flag),
    "flag": ("flag", _flag),
}
_PART: Table = {
    "description": ("description", _text),
    "comment": ("comment", _text),
    "designated": ("designated", lambda value: value if isinstance(value, bool) else None),
}
_SECTION: Table = {
    "guidance": ("guidance", _text),
    "comment": ("comment", _text),
    "sections": ("sections", lambda value: _each(value, lambda part: _changed(part, _PART)) or None),
}


def _sections(document: Mapping[str, Any], *, is_2: bool) -> dict[str, Any]:
    """By project and level in 2.0, by level and project before."""
    found: dict[str, Any] = {}
    for outer, entries in _mapping(document.get("designated_sections" if is_2 else "designated-sections")).items():
        for inner, content in _mapping(entries).items():
            project, level = (outer, inner) if is_2 else (inner, outer)
            if level in _LEVELS and isinstance(content, dict):
                found.setdefault(project, {})[level] = _changed(content, _SECTION)
    return found
