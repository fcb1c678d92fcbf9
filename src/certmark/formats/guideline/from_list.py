"""A list of tests as a guideline of format 3: what its author begins with.

1. The tests of one class are one capability; its key is the service and the class in words.
2. Lines with one id are one test with aliases. The program stays a list: where results have several of these names,
   each is a test of its own, as under the list.
3. The policy, the title, the program and the source are those of the list, so that both give the same verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from certmark.domain.guidelines import Guideline, RequiredTest
from certmark.domain.identity import class_of
from certmark.domain.policies import POLICIES, policy_document
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.schemas import FORMAT_3, FORMAT_3_ADDRESS, SCHEMAS

_PROJECTS = {
    "compute": "nova",
    "identity": "keystone",
    "image": "glance",
    "network": "neutron",
    "object_storage": "swift",
    "volume": "cinder",
}
"""The project behind each package of Tempest's API tests; those of plugins have the project in their own names."""
_PLUGIN = re.compile(r"([a-z0-9]+(?:_[a-z0-9]+)*?)_(?:tempest_plugin|tempest_tests|tempest)\Z")
_LABEL = re.compile(r"\[([A-Za-z0-9][A-Za-z0-9 ._-]*)\]")
_WORDS = re.compile(r"[A-Z]+v[0-9]+|[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+[0-9]*")
_NO_WORDS = frozenset({"test", "tests", "json", "base", "admin", "rbac", "v2", "v3"})
_LONGEST = 100


class NewGuideline(NamedTuple):
    """What a list does not say."""

    id: str
    title: str | None = None
    """None: the list's."""
    projects: bool = False
    """Whether projects are named after the packages of the tests."""


def guideline_of_list(listed: Guideline, new: NewGuideline) -> dict[str, Any]:
    """The document. Raises InvalidGuideline where `listed` is no list of tests."""
    if listed.schema in (*SCHEMAS, FORMAT_3):
        raise InvalidGuideline(f"{listed.id} is a guideline of schema {listed.schema}, no list of tests")
    program = listed.programs[0]
    capabilities = _capabilities(listed, new)
    key = re.sub(r"[^a-z0-9]+", "-", program.name.casefold()).strip("-")[:60] or "list"
    name = new.title if new.title is not None and program.name == listed.id else program.name
    words = [word for word in dict.fromkeys((program.name, *program.aliases)) if word not in {key, name}]
    return {
        "$schema": FORMAT_3_ADDRESS,
        "metadata": _metadata(listed, new),
        "programs": {
            key: {
                "name": name,
                "kind": "list",
                "components": [{"name": key}],
                **({"aliases": words} if words else {}),
            }
        },
        "components": {key: {"capabilities": {"required": list(capabilities)}}},
        "capabilities": capabilities,
    }


def _metadata(listed: Guideline, new: NewGuideline) -> dict[str, Any]:
    policy = listed.policy
    found = {
        "id": new.id,
        "schema": FORMAT_3,
        "title": new.title or listed.title,
        "description": f"Made of the list {listed.id} (SHA-256 {listed.sha256}).",
        "source": listed.source,
        "status": "draft",
        "releases": list(listed.releases) or None,
        "policy": policy.name if policy.name in POLICIES else policy_document(policy),
    }
    return {key: value for key, value in found.items() if value is not None}


def _capabilities(listed: Guideline, new: NewGuideline) -> dict[str, Any]:
    capabilities: dict[str, Any] = {}
    for test in (test for capability in listed.capabilities.values() for test in capability.tests):
        key = key_of(test.name)
        if key not in capabilities:
            project = project_of(test.name) if new.projects else None
            capabilities[key] = {**({"project": project} if project else {}), "tests": {}}
        capabilities[key]["tests"][test.name] = _test(test)
    return capabilities


def _test(test: RequiredTest) -> dict[str, Any]:
    urn = f"tempest:{test.uuid}" if test.uuid is not None else f"ginkgo:{test.name}" if _is_ginkgo(test.name) else None
    found = {"test": urn, "aliases": list(test.aliases), "required_since": test.required_since}
    return {key: value for key, value in found.items() if value}


def _is_ginkgo(name: str) -> bool:
    """Whether a name begins with a label, as those of Kubernetes' suite do."""
    return name.startswith("[sig-")


def key_of(name: str) -> str:
    """The key of the capability to which a test of this name belongs (rule 1)."""
    label = _LABEL.match(name)
    if label is not None:
        return _joined([label[1]]) or "other"
    if " " in name.partition("(")[0]:
        return "other"
    packages = class_of(name).split(".")
    return _joined(_without_repeats([*_service(packages), *_words(packages[-1])])) or "other"


def _service(packages: list[str]) -> list[str]:
    """The word for the service: the package below `api` of Tempest, else what a plugin is called, else the package."""
    if len(packages) < 2:
        return []
    plugin = _PLUGIN.match(packages[0])
    if plugin is not None:
        return [plugin[1]]
    if "api" in packages[:-2]:
        return [packages[packages.index("api") + 1]]
    return [packages[1] if packages[0] == "tempest" and len(packages) > 2 else packages[0]]


def _words(class_name: str) -> list[str]:
    words = [word.casefold() for word in _WORDS.findall(class_name)]
    return [word for word in words if word not in _NO_WORDS] or words


def _without_repeats(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _joined(words: Iterable[str]) -> str:
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).casefold()).strip("-")[:_LONGEST]


def project_of(name: str) -> str | None:
    """The project whose software a test of this name is about, as its package says; None where it does not."""
    packages = name.partition("(")[0].split(".")
    plugin = _PLUGIN.match(packages[0])
    if plugin is not None:
        return plugin[1]
    is_tempest = packages[:2] == ["tempest", "api"] and len(packages) > 2
    return _PROJECTS.get(packages[2]) if is_tempest else None
