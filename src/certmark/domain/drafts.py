"""A guideline as it would be with one change, to ask what the change would do; nothing of it is ever written."""

from __future__ import annotations

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Capability, Component, Flag, Guideline, Level


def flagged(guideline: Guideline, test: str, reason: str) -> Guideline:
    """`guideline`, with a flag on the test in every capability that names it. Raises InvalidRequest."""
    if not any(one.name == test for capability in guideline.capabilities.values() for one in capability.tests):
        raise InvalidRequest(f"no capability of {guideline.id} names the test {test[:200]!r}")
    flag = Flag(reason, None, "", "", "flagged")
    capabilities = {key: _flagged(capability, test, flag) for key, capability in guideline.capabilities.items()}
    return _changed(guideline, f"flag {test}")._replace(capabilities=capabilities)


def _flagged(capability: Capability, test: str, flag: Flag) -> Capability:
    tests = tuple(one._replace(flag=flag) if one.name == test else one for one in capability.tests)
    return capability._replace(tests=tests)


def placed(guideline: Guideline, capability: str, level: Level) -> Guideline:
    """`guideline`, with the capability at another level in every component that names it. Raises InvalidRequest."""
    named = {placement.subject for component in guideline.components.values() for placement in component.capabilities}
    if capability not in named:
        raise InvalidRequest(f"no component of {guideline.id} names the capability {capability[:200]!r}")
    components = {name: _placed(component, capability, level) for name, component in guideline.components.items()}
    return _changed(guideline, f"{level.value} {capability}")._replace(components=components)


def _placed(component: Component, capability: str, level: Level) -> Component:
    placements = (one._replace(level=level) if one.subject == capability else one for one in component.capabilities)
    return component._replace(capabilities=tuple(placements))


def _changed(guideline: Guideline, change: str) -> Guideline:
    """Guidelines of other bytes are other guidelines."""
    return guideline._replace(data=guideline.data + b"\n" + change.encode("utf-8", "replace"))
