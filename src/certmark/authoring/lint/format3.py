"""Guidelines of format 3, seen as one of schema 2.0: the same rules look at both, and every place is the original's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from certmark.authoring.lint.schemas import JsonPath

_APPROVAL = ("target_approval", "replaces", "releases", "status")
_HOSTS = {"requires": "required_platform_components", "optional": "optional_platform_components"}
_URN = "tempest:"


def as_schema_2(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a document of format 3 says that schema 2.0 has words for; what is of a wrong kind is left out."""
    metadata, scoring = _object(document.get("metadata")), _object(document.get("scoring"))
    seen: dict[str, Any] = {key: metadata[key] for key in ("id", "schema", "source") if key in metadata}
    seen["os_trademark_approval"] = {key: metadata[key] for key in _APPROVAL if key in metadata}
    if scoring:
        seen["scoring"] = {"criteria": scoring.get("criteria"), "cutoff_score": scoring.get("cutoff")}
    view: dict[str, Any] = {"metadata": seen, "platforms": {}, "add-ons": {}}
    for key, program in _object(document.get("programs")).items():
        content = _object(program)
        hosts = _object(content.get("hosts"))
        kind = "add-ons" if content.get("kind") == "add-on" else "platforms"
        view[kind][key] = {**content, **{new: hosts[old] for old, new in _HOSTS.items() if old in hosts}}
    view |= {key: document[key] for key in ("components", "designated_sections") if key in document}
    if "capabilities" in document:
        since = _since(document)
        found = _object(document["capabilities"])
        view["capabilities"] = {key: _capability(_object(one), since.get(key)) for key, one in found.items()}
    if "suites" in document:
        view["test_repositories"] = document["suites"]
    return view


def _since(document: Mapping[str, Any]) -> dict[str, Any]:
    """Since when components have capabilities at their levels."""
    components = (_object(one) for one in _object(document.get("components")).values())
    return {key: month for one in components for key, month in _object(one.get("since")).items()}


def _capability(content: Mapping[str, Any], since: object) -> dict[str, Any]:
    scores = _object(content.get("scores"))
    seen = {key: content[key] for key in ("description", "project", "required_since") if key in content}
    if "required_since" not in seen and since is not None:
        seen["required_since"] = since
    listed = content.get("achievements")
    seen["achievements"] = (
        listed if isinstance(listed, list) else [key for key, one in scores.items() if _object(one).get("mark") == 1]
    )
    seen["admin"] = content.get("credentials") == "admin"
    seen["tests"] = {name: _test(_object(one)) for name, one in _object(content.get("tests")).items()}
    return seen


def _test(content: Mapping[str, Any]) -> dict[str, Any]:
    urn, seen = content.get("test"), {key: content[key] for key in ("aliases", "any_of") if key in content}
    if isinstance(urn, str) and urn.startswith(_URN):
        seen["idempotent_id"] = f"id-{urn.removeprefix(_URN)}"
    if "flag" in content:
        flag = _object(content["flag"])
        seen["flagged"] = {**flag, "reason": f"[{flag.get('code')}] {flag.get('reason')}"}
    return seen


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


_STEPS: dict[str, tuple[str, ...]] = {
    "idempotent_id": ("test",),
    "flagged": ("flag",),
    "admin": ("credentials",),
    **{new: ("hosts", old) for old, new in _HOSTS.items()},
}
_TOPS: tuple[tuple[JsonPath, JsonPath], ...] = (
    (("metadata", "scoring", "cutoff_score"), ("scoring", "cutoff")),
    (("metadata", "scoring"), ("scoring",)),
    (("metadata", "os_trademark_approval"), ("metadata",)),
    (("platforms",), ("programs",)),
    (("add-ons",), ("programs",)),
    (("test_repositories",), ("suites",)),
)
_OF_A_CAPABILITY = 2


def original_path(path: JsonPath, *, has_achievements: bool = False) -> JsonPath:
    """Where what stands at `path` of the view stands in the document; a path of the document stays as it is.

    `has_achievements`: the document lists the criteria that capabilities meet, in the place of marks.
    """
    for seen, original in _TOPS:
        if path[: len(seen)] == seen:
            path = (*original, *path[len(seen) :])
            break
    if path[:1] not in {("capabilities",), ("programs",)} or len(path) <= _OF_A_CAPABILITY:
        return path
    if path[_OF_A_CAPABILITY] == "achievements" and not has_achievements:
        return (*path[:_OF_A_CAPABILITY], "scores")
    steps: list[str | int] = list(path[:_OF_A_CAPABILITY])
    for number, step in enumerate(path[_OF_A_CAPABILITY:]):
        is_name = number == 1 and steps[-1] == "tests"
        steps += (step,) if is_name or isinstance(step, int) else _STEPS.get(step, (step,))
    return tuple(steps)
