"""What tests call: methods of anything that is named a client, called or handed on.

First in the test's body, then in methods of its class and functions of the suite that the body
calls, to a depth of six. A client goes by its own name (`servers_client`) where a class, a local
name or a parameter calls it otherwise; `client` is left where nobody can tell.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from .mentions import Mention, client_in, mentions_in
from .source import Function, Source, bare, chain, family, is_of_suite, module_of, unique

_SET_UP = ("setup_clients", "resource_setup", "setUp")
_ATTRIBUTES = frozenset(
    ("auth_provider", "base_url", "headers", "is_resource_deleted", "service", "tenant_id", "user", "user_id")
)
"""What clients have beside their service's operations."""
_DEEPEST = 6
_MOST = 200

Bound = dict[Any, str]
"""By the place or name of a parameter: the client that is given for it."""


class CallStep(NamedTuple):
    """A function to read on the way."""

    function: Any
    owner: type | None
    """The class in whose code it stands."""
    bound: Bound


class Own(NamedTuple):
    """A method of the class that a body calls: which one, every class says for itself."""

    name: str
    is_super: bool
    bound: Bound


class Body(NamedTuple):
    """What a body calls, and what it hands on to: the same for every class with the same clients."""

    found: list[str]
    handed: list[CallStep | Own]


Read = tuple[list[str], list[CallStep]]
"""The calls of a body, and what it hands on to in one class."""


class Calls:
    """The calls of tests and of their classes' set-ups."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._aliases: dict[type, dict[str, str]] = {}
        self._distinct: dict[object, dict[str, str]] = {}
        self._bodies: dict[object, Body] = {}
        self._read: dict[type, dict[object, Read]] = {}
        self._mentions: dict[Function, list[Mention]] = {}
        self._given: dict[Function, list[tuple[str, list[str]]]] = {}
        self._operations, self._plumbing = _operations()

    def of_test(self, class_: type, owner: type, node: Function | None) -> tuple[list[str], int]:
        """The calls of a test, and how many of them stand in its own body."""
        if node is None:
            return [], 0
        walk = _Walk(self, class_)
        found, steps = walk.read(node, owner, module_of(owner), {})
        walk.found += found
        own = _without_guesses(found)
        for step in steps:
            walk.follow(step, 1)
        return _without_guesses(walk.found)[:_MOST], min(len(own), _MOST)

    def of_set_up(self, class_: type) -> list[str]:
        """The calls that the class makes before any of its tests."""
        walk = _Walk(self, class_)
        for base in reversed(family(class_)):
            for name in _SET_UP:
                if name in vars(base):
                    walk.follow(CallStep(vars(base)[name], base, {}), 0)
        return _without_guesses(walk.found)[:_MOST]

    def aliases(self, class_: type) -> dict[str, str]:
        """Attribute -> the client that the class keeps in it."""
        if class_ not in self._aliases:
            found: dict[str, str] = {}
            for base in reversed(family(class_)):
                for name in ("setup_credentials", *_SET_UP):
                    node = self.source.method(base, name)
                    # One after the other: an attribute may be given what the one before it was given.
                    for target, parts in self._assigned(node) if node is not None else ():
                        client, rest = client_in(parts, {}, found)
                        if client and not rest:
                            found[target] = client
            # One object for equal ones: it is a part of keys below.
            self._aliases[class_] = self._distinct.setdefault(frozenset(found.items()), found)
        return self._aliases[class_]

    def body(self, node: Function, module: ModuleType | None, bound: Bound, aliases: dict[str, str]) -> Body:
        """What stands in the body of `node`; most bodies are read for many classes."""
        key = (node, _key(bound), id(aliases))
        if key not in self._bodies:
            self._bodies[key] = self._read_body(node, module, _parameters(node, bound), aliases)
        return self._bodies[key]

    def _read_body(
        self, node: Function, module: ModuleType | None, env: dict[str, str], aliases: dict[str, str]
    ) -> Body:
        """`env` are local names of clients."""
        body = Body([], [])
        for mention in self._mentions_in(node):
            parts = mention.parts
            is_module = parts[0] not in env and _is_module(module, parts[0])
            client, rest = ("", parts) if is_module else client_in(parts, env, aliases)
            if mention.target:
                if client and not rest:
                    env[mention.target] = client
            elif client:
                if rest and self._is_operation(rest, is_called=mention.is_called):
                    body.found.append(".".join([client, *rest]))
            else:
                body.handed.extend(_handed_to(mention, module, env, aliases))
        return body

    def _mentions_in(self, node: Function) -> list[Mention]:
        if node not in self._mentions:
            self._mentions[node] = mentions_in(node)
        return self._mentions[node]

    def read_for(self, class_: type) -> dict[object, Read]:
        """What was read for tests of `class_` before."""
        return self._read.setdefault(class_, {})

    def _assigned(self, node: Function) -> list[tuple[str, list[str]]]:
        if node not in self._given:
            self._given[node] = list(_assigned(node))
        return self._given[node]

    def _is_operation(self, rest: list[str], *, is_called: bool) -> bool:
        """Whether `rest`, of a client, asks something of a service, as far as can be told.

        A method of a known client does; so does a call like `create_thing`, for some clients make
        their methods as they are asked for, and `stacks.create`, for some have parts.
        """
        if any(part.startswith("_") or part in self._plumbing for part in rest):
            return False
        is_told = is_called or not self._operations
        return rest[-1] in self._operations or (is_told and ("_" in rest[-1] or len(rest) > 1))


class _Walk:
    """The calls of clients on one way through the code of one class."""

    def __init__(self, calls: Calls, class_: type) -> None:
        self.found: list[str] = []
        self._calls = calls
        self._class = class_
        self._aliases = calls.aliases(class_)
        self._seen: set[object] = set()
        self._read = calls.read_for(class_)

    def follow(self, step: CallStep, depth: int) -> None:
        """Read a function, and what it calls."""
        function = bare(step.function)
        key = (function, _key(step.bound))
        node = self._calls.source.function(function)
        if node is None or depth > _DEEPEST or key in self._seen or len(self.found) > _MOST * 4:
            return
        self._seen.add(key)
        if key not in self._read:
            self._read[key] = self.read(node, step.owner, sys.modules.get(function.__module__), step.bound)
        found, steps = self._read[key]
        self.found += found
        for inner in steps:
            self.follow(inner, depth + 1)

    def read(self, node: Function, owner: type | None, module: ModuleType | None, bound: Bound) -> Read:
        """The calls in `node` itself, and what it hands on to in this class."""
        body = self._calls.body(node, module, bound, self._aliases)
        steps = (self._method(item, owner) if isinstance(item, Own) else item for item in body.handed)
        return body.found, [step for step in steps if step is not None]

    def _method(self, own: Own, owner: type | None) -> CallStep | None:
        bases = family(self._class)
        if own.is_super:
            bases = bases[bases.index(owner) + 1 :] if owner in bases else []
        base = next((base for base in bases if own.name in vars(base)), None)
        if base is None or not callable(bare(vars(base)[own.name])):
            return None
        return CallStep(vars(base)[own.name], base, own.bound)


def _key(bound: Bound) -> object:
    return tuple(sorted(bound.items(), key=repr)) if bound else ()


def _handed_to(
    mention: Mention, module: ModuleType | None, env: dict[str, str], aliases: dict[str, str]
) -> Iterator[CallStep | Own]:
    """The function of the suite or the method that is meant, with the clients that it is given."""
    parts = mention.parts
    if parts[0] in _OWN:
        if len(parts) == 2:
            yield Own(parts[1], parts[0] == "super()", _bound(mention.call, env, aliases))
    else:
        function = _function(tuple(parts), module)
        if function is not None:
            yield CallStep(function, None, _bound(mention.call, env, aliases))


def _bound(call: ast.Call | None, env: dict[str, str], aliases: dict[str, str]) -> Bound:
    given: list[tuple[Any, ast.AST]] = []
    if call is not None:
        given = [*enumerate(call.args), *((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg)]
    found = ((place, client_in(chain(node) or [""], env, aliases)) for place, node in given)
    return {place: client for place, (client, rest) in found if client and not rest}


@cache
def _is_module(module: ModuleType | None, name: str) -> bool:
    return inspect.ismodule(getattr(module, name, None))


@cache
def _function(parts: tuple[str, ...], module: ModuleType | None) -> Any:
    """A function of the suite that a module knows under these parts."""
    thing = getattr(module, parts[0], None)
    for part in parts[1:]:
        thing = getattr(thing, part, None) if inspect.ismodule(thing) else None
    return thing if inspect.isfunction(thing) and is_of_suite(thing.__module__) else None


def _parameters(node: Function, bound: Bound) -> dict[str, str]:
    """Local name -> the client that was given for it."""
    names = [item.arg for item in node.args.args]
    offset = 1 if names[:1] in (["self"], ["cls"]) else 0
    env = {}
    for place, client in bound.items():
        if isinstance(place, str):
            env[place] = client
        elif place + offset < len(names):
            env[names[place + offset]] = client
    return env


_OWN = frozenset(("self", "cls", "super()"))


def _assigned(node: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """Attributes of the class to which `node` gives something dotted."""
    for item in ast.walk(node):
        if isinstance(item, ast.Assign) and len(item.targets) == 1:
            target, parts = chain(item.targets[0]) or [], chain(item.value)
            if len(target) == 2 and target[0] in {"self", "cls"} and parts:
                yield target[1], parts


def _operations() -> tuple[set[str], set[str]]:
    """The methods of all REST clients known here, and those that every client has."""
    try:
        base = importlib.import_module("tempest.lib.common.rest_client").RestClient
    except (ImportError, AttributeError):
        return set(), set(_ATTRIBUTES)
    plumbing = set(dir(base)) | _ATTRIBUTES
    found: set[str] = set()
    rest = [base]
    while rest:
        for class_ in rest.pop().__subclasses__():
            rest.append(class_)
            found |= {name for name, value in vars(class_).items() if inspect.isfunction(value)}
    return found - plumbing, plumbing


def _without_guesses(calls: list[str]) -> list[str]:
    """Each once; a method whose client nobody could tell, only where no other client is asked for it."""
    known = {call.partition(".")[2] for call in calls if not call.startswith("client.")}
    return [call for call in unique(calls) if not call.startswith("client.") or call[7:] not in known]
