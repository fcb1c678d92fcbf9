"""A document of format 3 as one of an older schema: as much of it as that one can say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from certmark.domain.identity import bare_uuid
from certmark.formats.guideline.capabilities import code_of
from certmark.formats.guideline.targets import targets

_LISTS = ("1.0", "1.2")
"""Schemas in which tests are lists of names."""
_WITH_NAMES = ("1.0", "1.2", "1.3", "1.4")
"""Schemas in which capabilities have names."""


def lowered_to(schema: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """`document`, of format 3, in `schema`; what it was lifted from is not looked at."""
    return _to_2(document) if schema == "2.0" else _to_1(document, schema)


def _to_2(document: Mapping[str, Any]) -> dict[str, Any]:
    head = _mapping(document.get("metadata"))
    metadata = {"id": head.get("id"), "schema": "2.0", **_picked(head, ("reference", "source", "policy"))}
    scoring = _scoring(document, is_2=True)
    approval = _picked(head, ("target_approval", "replaces", "releases", "status"))
    metadata |= {"scoring": scoring or None, "os_trademark_approval": approval or None}
    return {
        "metadata": {key: value for key, value in metadata.items() if value is not None},
        **_programs(document),
        "components": _each(document.get("components"), _component),
        "capabilities": _each(document.get("capabilities"), lambda content: _capability(content, "2.0")),
        "designated_sections": _mapping(document.get("designated_sections")),
        "test_repositories": _mapping(document.get("suites")),
    }


def _to_1(document: Mapping[str, Any], schema: str) -> dict[str, Any]:
    head = _mapping(document.get("metadata"))
    found: dict[str, Any] = {"release" if schema == "1.0" else "id": head.get("id"), "schema": schema}
    found |= _picked(head, ("reference", "source", "status"))
    scoring = _scoring(document, is_2=False)
    found |= _picked(scoring, ("cutoff_score",))
    found = {key: value for key, value in found.items() if value is not None}
    if schema != "1.0":
        found |= _picked(head, ("target_approval", "replaces", "releases"))
        found |= {"platform": _platform(document), "components": _each(document.get("components"), _graded_1)}
    if document.get("suites"):
        found["test-repositories"] = _each(document["suites"], _repository_1)
    found["capabilities"] = _each(document.get("capabilities"), lambda content: _capability(content, schema))
    if schema == "1.0":
        _say_core(found["capabilities"], document)
    else:
        found["designated-sections"] = _sections_1(document)
    return {**found, **_picked(scoring, ("criteria",))}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _picked(content: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: content[key] for key in keys if content.get(key) is not None}


def _each(content: object, change: Callable[[Mapping[str, Any]], Any]) -> dict[str, Any]:
    return {key: change(_mapping(value)) for key, value in _mapping(content).items()}


def _scoring(document: Mapping[str, Any], *, is_2: bool) -> dict[str, Any]:
    scoring = _mapping(document.get("scoring"))
    names = {} if is_2 else {"description": "Description"}
    found: dict[str, Any] = {}
    for key, value in scoring.items():
        if key == "cutoff":
            found["cutoff_score"] = value if is_2 else str(value)
        elif key == "criteria":
            found["criteria"] = _each(value, lambda content: _renamed(content, names))
    return found


def _renamed(content: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in content.items()}


def _programs(document: Mapping[str, Any]) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = {"platforms": {}, "add-ons": {}}
    programs = _mapping(document.get("programs"))
    add_ons = any(_mapping(program).get("kind") == "add-on" for program in programs.values())
    for key, content in programs.items():
        program = _mapping(content)
        group = "add-ons" if program.get("kind") == "add-on" else "platforms"
        name = _name_in_2(program, key)
        groups[group][name] = _program(program, _aliases(key, name, program, is_add_on=add_ons))
    return {group: found for group, found in groups.items() if found}


def _name_in_2(program: Mapping[str, Any], key: str) -> str:
    """RefStack knew the programs of 2.0 by their names."""
    name, target = str(program.get("name") or key), program.get("target")
    if program.get("kind") == "add-on" or targets().word_of(name) == target:
        return name
    return next(iter(targets().names_of(target)), name) if isinstance(target, str) else name


def _aliases(key: str, name: str, program: Mapping[str, Any], *, is_add_on: bool) -> list[str]:
    """The words by which people ask for it, but for those that a reader of 2.0 knows anyway."""
    words = [key, program.get("name"), *(program.get("aliases") or ())]
    known = {name, program.get("target") if is_add_on else targets().word_of(name)}
    return [word for word in dict.fromkeys(words) if isinstance(word, str) and word not in known]


def _program(program: Mapping[str, Any], aliases: list[str]) -> dict[str, Any]:
    found = _picked(program, ("description",))
    found["components"] = _members(program.get("components"))
    hosts = _mapping(program.get("hosts"))
    for word, long in (("requires", "required"), ("optional", "optional")):
        if word in hosts:
            found[f"{long}_platform_components"] = _members(hosts[word])
    return {**found, **({"aliases": aliases} if aliases else {})}


def _members(value: object) -> list[dict[str, Any]]:
    return [_picked(_mapping(member), ("name", "source")) for member in (value if isinstance(value, list) else [])]


def _component(content: Mapping[str, Any]) -> dict[str, Any]:
    return _picked(content, ("capabilities", "designated_sections"))


def _platform(document: Mapping[str, Any]) -> dict[str, Any]:
    whole = _mapping(_mapping(document.get("programs")).get("platform"))
    names = [member.get("name") for member in _members(whole.get("components"))]
    return {"required": names, "advisory": [], "deprecated": [], "removed": []}


def _graded_1(content: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_mapping(content.get("capabilities")))


def _repository_1(content: Mapping[str, Any]) -> dict[str, Any]:
    return _renamed(content, {"repository": "url", "reference": "git-sha"})


def _say_core(capabilities: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    required = {
        key
        for component in _mapping(document.get("components")).values()
        for key in _mapping(_mapping(component).get("capabilities")).get("required") or ()
    }
    for key, content in capabilities.items():
        content["core"] = key in required


def _sections_1(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for project, levels in _mapping(document.get("designated_sections")).items():
        for level, content in _mapping(levels).items():
            found.setdefault(level, {})[project] = content
    return found


def _capability(content: Mapping[str, Any], schema: str) -> dict[str, Any]:
    """In the order of `content`; what the schema must have and `content` has not stands first."""
    found: dict[str, Any] = {}
    for key, missing in (("scores", "achievements"), ("credentials", "admin")):
        if key not in content and missing not in content:
            found[missing] = [] if key == "scores" else False
    for key, value in content.items():
        match key:
            case "scores":
                marks = _each(value, lambda mark: mark.get("mark"))
                found["achievements"] = [criterion for criterion, mark in marks.items() if mark == 1]
            case "credentials":
                found["admin"] = value == "admin"
            case "required_since":
                found["required_since" if schema == "2.0" else "required-since"] = value
            case "tests":
                found |= _tests(value, schema)
            case "achievements" | "description" | "project":
                found[key] = value
            case "name" if schema in _WITH_NAMES:
                found[key] = value
            case _:
                pass  # there is no place for it; `conversion.losses` finds out
    return found


def _tests(value: object, schema: str) -> dict[str, Any]:
    tests = _mapping(value)
    if schema not in _LISTS:
        return {"tests": {name: _test(name, _mapping(test)) for name, test in tests.items()}}
    return {"flagged": [name for name, test in tests.items() if "flag" in _mapping(test)], "tests": list(tests)}


def _test(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """A test whose suite has no ids has its name there as an alias, unless it is the key."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        in_suite = str(value).partition(":")[2].strip() if key == "test" else ""
        uuid = bare_uuid(in_suite)
        if uuid is not None:
            found["idempotent_id"] = f"id-{uuid}"
        elif in_suite and in_suite not in (name, *_texts(content.get("aliases"))):
            found["aliases"] = [in_suite, *_texts(content.get("aliases"))]
        elif key == "aliases":
            found.setdefault(key, value)
        elif key == "flag":
            found["flagged"] = _flag(_mapping(value))
    return found


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _flag(content: Mapping[str, Any]) -> dict[str, Any]:
    code, reason = content.get("code"), content.get("reason")
    found = {key: value for key, value in content.items() if key != "code"}
    if code and code_of(str(reason or "")) != code:
        found["reason"] = f"[{code}] {reason or ''}".rstrip()
    return found
