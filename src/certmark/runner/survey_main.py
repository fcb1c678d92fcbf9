"""Executed by the suite's interpreter: writes what the suite's own code says of each of its tests.

    python survey_main.py OUTPUT MODULE...

MODULEs are those of lister_main. OUTPUT becomes a JSON object: `tests`, in the shape of
formats/surveys, and `errors` of modules that could not be imported. Nothing is run: classes are
imported for their attributes and ids, and their source is read. Standard library only, and no
newer Python than a suite may stand on.

What a test calls is read like this: methods of anything named a client (`self.servers_client`,
or another word that the class gives to it), called or handed on, in the test's body, then in
methods of its class and functions of the suite that the body calls, to a depth of six.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import json
import os
import re
import sys
import textwrap
import unittest

_FRAMEWORK = ("tempest.test", "tempest.lib", "unittest", "testtools", "fixtures", "builtins")
"""What every class does for its tests says nothing of one of them."""
_SET_UP = ("setup_clients", "resource_setup", "setUp")
_SKIPPING = ("skip_checks", "setup_credentials", "setup_clients", "resource_setup", "setUp")
_CLIENT = re.compile(r"(?:^|_)client(?:_|$)|[a-z]Client$")
_NO_SERVICE = re.compile(r"remote_?client|linux_client|ssh_client|client_manager", re.IGNORECASE)
"""Clients of a guest's shell, and what makes clients."""
_DEEPEST = 6
_MOST_CALLS = 200
_LONGEST = 4000
_LONGEST_CONDITION = 300


def main(output, modules):
    """Survey the tests of `modules` into the file `output`."""
    # The folder of this file holds modules with names such as `schedule`; no suite may get those.
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != os.path.dirname(os.path.abspath(__file__))]
    sys.setrecursionlimit(5000)
    loader = unittest.TestLoader()
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        _name_roles()
        tests = [test for name in modules for test in _walk(_loaded(loader, name))]
        surveyor = _Surveyor()
        found = {test.id(): surveyor.describe(test) for test in tests if not _is_failure(test)}
    document = {
        "tests": [found[full] for full in sorted(found)],
        "errors": [str(error)[-2000:] for error in loader.errors],
    }
    with open(output, "w", encoding="utf-8") as file:
        json.dump(document, file)


def _name_roles():
    """Give options of Tempest's configuration that name a role their own name as value."""
    try:
        config = importlib.import_module("tempest.config")
        config.CONF.identity  # noqa: B018 - registers all options, the plugins' too
        options = config._CONF  # noqa: SLF001 - the proxy in front of it sets nothing
        groups = dict(options._groups)  # noqa: SLF001 - oslo.config lists its options nowhere else
    except (ImportError, AttributeError):
        return
    for section, group in groups.items():
        for name, entry in dict(group._opts).items():  # noqa: SLF001 - likewise
            if name.endswith("role") and type(entry["opt"].type).__name__ == "String":
                with contextlib.suppress(Exception):
                    options.set_override(name, "{%s.%s}" % (section, name), group=section)


def _loaded(loader, name):
    module = importlib.import_module(name)
    load_tests = getattr(module, "load_tests", None)
    if load_tests is not None:
        return load_tests(loader, unittest.TestSuite(), None)
    return loader.discover(name)


def _walk(suite):
    if isinstance(suite, unittest.TestCase) or not hasattr(suite, "__iter__"):
        yield suite
        return
    for test in suite:
        yield from _walk(test)


def _is_failure(test):
    return type(test).__module__ == "unittest.loader"


class _Source:
    """Parsed files, and where a function or class stands in them."""

    def __init__(self):
        self._files = {}

    def function(self, function):
        """The definition of `function` under all its decorators; None where there is no source."""
        code = getattr(_bare(function), "__code__", None)
        if code is None:
            return None
        return self._parsed(code.co_filename)[0].get(code.co_firstlineno)

    def class_(self, class_):
        module = sys.modules.get(class_.__module__)
        return self._parsed(getattr(module, "__file__", None) or "")[1].get(class_.__qualname__)

    def _parsed(self, path):
        if path not in self._files:
            self._files[path] = _parse(path)
        return self._files[path]


def _parse(path):
    """Functions by the line on which they (or their first decorator) begin, classes by their dotted name."""
    functions, classes = {}, {}
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, ValueError, SyntaxError, RecursionError):
        return functions, classes

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                functions[min([child.lineno] + [item.lineno for item in child.decorator_list])] = child
                visit(child, prefix + child.name + ".<locals>.")
            elif isinstance(child, ast.ClassDef):
                classes[prefix + child.name] = child
                visit(child, prefix + child.name + ".")
            elif isinstance(child, ast.stmt):
                visit(child, prefix)

    visit(tree, "")
    return functions, classes


def _bare(function):
    function = getattr(function, "__func__", function)
    with contextlib.suppress(ValueError):
        function = inspect.unwrap(function)
    return getattr(function, "__func__", function)


class _Surveyor:
    """Describes tests; remembers what belongs to their classes."""

    def __init__(self):
        self._source = _Source()
        self._classes = {}
        self._facts = {}
        self._operations, self._plumbing = _operations()

    def describe(self, test):
        class_, method = type(test), test._testMethodName  # noqa: SLF001 - unittest keeps a test's method nowhere else
        owner = _owner(class_, method)
        function = vars(owner).get(method) if owner else getattr(test, method, None)
        node = self._source.function(function) if function is not None else None
        common = self._class(class_)
        calls, own = self._calls_of(class_, owner, node)
        row = {
            "id": test.id(),
            "credentials": common["credentials"],
            "services": _unique(_services(node) + common["services"]),
            "document": _document(node, function),
            "calls": calls,
            "own_calls": own,
            "set_up": common["set_up"],
            "skips": _unique(_conditions(node, class_) + common["skips"]),
            "file": _relative(owner or class_),
            "line": node.lineno if node is not None else 0,
            "is_inherited": owner is not None and owner is not class_,
        }
        return {key: value for key, value in row.items() if value or key == "id"}

    def _class(self, class_):
        if class_ not in self._classes:
            definitions = [node for base in _family(class_) for node in [self._source.class_(base)] if node is not None]
            self._classes[class_] = {
                "credentials": _credentials(getattr(class_, "credentials", None)),
                "services": _unique(word for node in definitions for word in _services(node)),
                "skips": self._class_skips(class_, definitions),
                "set_up": self._set_up_calls(class_),
            }
        return self._classes[class_]

    def _class_skips(self, class_, definitions):
        found = [condition for node in definitions for condition in _decorated(node)]
        for name in ("min_microversion", "volume_min_microversion", "placement_min_microversion"):
            version = getattr(class_, name, None)
            if isinstance(version, str):
                found.append("unless %s >= %s" % (name.replace("min_", ""), version))
        for base in _family(class_):
            for name in _SKIPPING:
                node = self._source.function(vars(base)[name]) if name in vars(base) else None
                found += _conditions(node, class_)
        return _unique(found)

    def _set_up_calls(self, class_):
        walk = _Walk(self, class_)
        for base in reversed(_family(class_)):
            for name in _SET_UP:
                if name in vars(base):
                    walk.follow(vars(base)[name], base, {}, 0)
        return _told(walk.found)[:_MOST_CALLS]

    def _calls_of(self, class_, owner, node):
        if node is None:
            return [], 0
        walk = _Walk(self, class_)
        nested = walk.read(node, owner or class_, _module_of(owner or class_), {})
        own = _told(walk.found)
        for step in nested:
            walk.follow(*step, 1)
        return _told(walk.found)[:_MOST_CALLS], min(len(own), _MOST_CALLS)

    def node_of(self, function):
        return self._source.function(function)

    def aliases(self, class_):
        """Attribute -> the client that the class keeps in it."""
        key = (class_, "aliases")
        if key not in self._facts:
            found = {}
            for base in reversed(_family(class_)):
                for name in ("setup_credentials", "setup_clients", "resource_setup", "setUp"):
                    node = self._source.function(vars(base)[name]) if name in vars(base) else None
                    for target, client in _assigned(node, found) if node is not None else ():
                        found[target] = client
            self._facts[key] = found
        return self._facts[key]

    def is_operation(self, rest, is_called):
        """Whether `rest`, of a client, asks something of a service, as far as can be told.

        A method of a known client does; so does a call like `create_thing`, for some clients make
        their methods as they are asked for, and `stacks.create`, for some have parts.
        """
        if any(part.startswith("_") or part in self._plumbing for part in rest):
            return False
        return rest[-1] in self._operations or (is_called and ("_" in rest[-1] or len(rest) > 1))


class _Walk:
    """The calls of clients on one way through the code of one class."""

    def __init__(self, surveyor, class_):
        self.found = []
        self._surveyor = surveyor
        self._class = class_
        self._aliases = surveyor.aliases(class_)
        self._seen = set()

    def follow(self, function, owner, bound, depth):
        """Read `function`, whose arguments `bound` are clients, and what it calls."""
        key = (_bare(function), tuple(sorted(bound.items())))
        if depth > _DEEPEST or key in self._seen or len(self.found) > _MOST_CALLS * 4:
            return
        self._seen.add(key)
        node = self._surveyor.node_of(function)
        if node is None:
            return
        names = [item.arg for item in node.args.args]
        env = {name: client for name, client in bound.items() if isinstance(name, str)}
        offset = 1 if names[:1] in (["self"], ["cls"]) else 0
        for place, client in bound.items():
            if isinstance(place, int) and place + offset < len(names):
                env[names[place + offset]] = client
        for step in self.read(node, owner, sys.modules.get(_bare(function).__module__), env):
            self.follow(*step, depth + 1)

    def read(self, node, owner, module, env):
        """Note the calls in `node` itself; what it hands on to, as arguments of `follow`."""
        env, nested = dict(env), []
        for item, is_called, call in _mentions(node):
            if isinstance(item, tuple):
                client, rest = _client(item[1], env, self._aliases)
                if client and not rest:
                    env[item[0]] = client
                continue
            is_module = item[0] not in env and inspect.ismodule(getattr(module, item[0], None))
            client, rest = (None, item) if is_module else _client(item, env, self._aliases)
            if client:
                if rest and self._surveyor.is_operation(rest, is_called):
                    self.found.append(".".join([client, *rest]))
                continue
            target = self._target(item, owner, module)
            if target is not None:
                nested.append((*target, self._bound(call, env)))
        return nested

    def _target(self, parts, owner, module):
        """The function of the suite that `parts` name, and the class in whose code it stands."""
        if parts[0] in ("self", "cls", "super()") and len(parts) == 2:
            family = _family(self._class)
            if parts[0] == "super()":
                family = family[family.index(owner) + 1 :] if owner in family else []
            for base in family:
                if parts[1] in vars(base):
                    function = vars(base)[parts[1]]
                    return (function, base) if callable(_bare(function)) else None
            return None
        thing = getattr(module, parts[0], None)
        for part in parts[1:]:
            thing = getattr(thing, part, None) if inspect.ismodule(thing) else None
        if inspect.isfunction(thing) and _is_of_suite(thing.__module__):
            return thing, None
        return None

    def _bound(self, call, env):
        bound = {}
        if call is None:
            return bound
        for place, argument in enumerate(call.args):
            client = self._whole_client(argument, env)
            if client:
                bound[place] = client
        for keyword in call.keywords:
            client = self._whole_client(keyword.value, env)
            if keyword.arg and client:
                bound[keyword.arg] = client
        return bound

    def _whole_client(self, node, env):
        parts = _chain(node)
        client, rest = _client(parts, env, self._aliases) if parts else (None, [])
        return client if not rest else None


def _mentions(node):
    """What stands in `node`, in the order of the source: (dotted parts, is called, the call).

    An assignment of a dotted thing to a local name comes as ((name, parts), False, None).
    """
    for statement in node.body:
        yield from _mentioned(statement)


def _mentioned(node):
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        yield from _mentioned(node.value)
        parts = _chain(node.value.body if isinstance(node.value, ast.IfExp) else node.value)
        if parts:
            yield (node.targets[0].id, parts), False, None
        return
    if isinstance(node, ast.Call):
        parts = _chain(node.func)
        if parts:
            yield parts, True, node
        else:
            yield from _mentioned(node.func)
        for argument in [*node.args, *[keyword.value for keyword in node.keywords]]:
            handed = _chain(argument)
            if handed:
                yield handed, False, None
            if not handed or isinstance(argument, ast.Call):
                yield from _mentioned(argument)
        return
    if isinstance(node, ast.Attribute):
        inner = node.value
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        yield from _mentioned(inner)
        return
    for child in ast.iter_child_nodes(node):
        yield from _mentioned(child)


def _chain(node):
    """`a.b.c` as its parts; a class that is called on the way stands for what it makes; else None."""
    parts = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name == "super":
                return ["super()", *reversed(parts)]
            if not name.endswith("Client"):
                return None
            node = node.func
        elif isinstance(node, ast.Name):
            return [node.id, *reversed(parts)]
        else:
            return None


def _client(parts, env, aliases):
    """The client among `parts` and what is asked of it; (None, parts) where there is none."""
    if parts[0] in env:
        parts = [env[parts[0]], *parts[1:]]
    elif parts[0] in ("self", "cls"):
        parts = parts[1:]
        if parts and parts[0] in aliases:
            parts = [aliases[parts[0]], *parts[1:]]
    for place in range(len(parts) - 1, -1, -1):
        if _CLIENT.search(parts[place]) and not _NO_SERVICE.search(parts[place]):
            return _snake(parts[place]), list(parts[place + 1 :])
    return None, list(parts)


def _snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() if name[:1].isupper() else name


def _assigned(node, aliases):
    for item in ast.walk(node):
        if not (isinstance(item, ast.Assign) and len(item.targets) == 1):
            continue
        target = _chain(item.targets[0])
        parts = _chain(item.value)
        if target and len(target) == 2 and target[0] in ("self", "cls") and parts:
            client, rest = _client(parts, {}, aliases)
            if client and not rest:
                yield target[1], client


_ATTRIBUTES = ("auth_provider", "base_url", "headers", "is_resource_deleted", "service", "tenant_id", "user", "user_id")

"""What clients have beside their service's operations."""


def _operations():
    """The methods of all REST clients known here, and those that every client has."""
    try:
        base = importlib.import_module("tempest.lib.common.rest_client").RestClient
    except (ImportError, AttributeError):
        return set(), set(_ATTRIBUTES)
    plumbing = set(dir(base)) | set(_ATTRIBUTES)
    found, rest = set(), [base]
    while rest:
        for class_ in rest.pop().__subclasses__():
            rest.append(class_)
            found |= {name for name, value in vars(class_).items() if inspect.isfunction(value)}
            plumbing -= {name for name in ("head", "get", "put", "post", "delete") if name in vars(class_)}
    return found - plumbing, plumbing


def _services(node):
    """The words of decorators `services("compute", …)`."""
    words = []
    for item in getattr(node, "decorator_list", []):
        if isinstance(item, ast.Call) and (_chain(item.func) or [""])[-1] == "services":
            words += [str(one.value) for one in item.args if isinstance(one, ast.Constant)]
    return words


def _conditions(node, class_):
    """When the function `node` skips tests of `class_`: by its decorators, then by what stands in it."""
    if node is None:
        return []
    return _decorated(node) + [condition for item in node.body for condition in _raised(item, [], class_)]


def _decorated(node):
    found = []
    for item in node.decorator_list:
        name = (_chain(item.func if isinstance(item, ast.Call) else item) or [""])[-1]
        words = [_text(one) for one in item.args] if isinstance(item, ast.Call) else []
        keys = {key.arg: _text(key.value) for key in item.keywords if key.arg} if isinstance(item, ast.Call) else {}
        if name in ("skipUnless", "skipIf"):
            condition = (words or list(keys.values()) or ["?"])[0]
            found.append(("unless " if name == "skipUnless" else "if ") + condition)
        elif name == "skip_because":
            bug = "bug %s" % keys.get("bug", "?").strip("'\"")
            found.append(bug + (" if " + keys["condition"] if "condition" in keys else ""))
        elif name == "requires_ext":
            found.append("unless %s extension %s" % tuple(keys.get(key, "?").strip("'") for key in ("service", "extension")))
        elif name == "skip":
            found.append("always: %s" % (words or ["no reason"])[0])
    return found


def _raised(node, conditions, class_):
    """The conditions under which `raise …skipException` or `….skipTest()` stand in `node`."""
    if isinstance(node, ast.If):
        holds, test = _for_class(node.test, class_)
        for item in node.body if holds is not False else ():
            yield from _raised(item, conditions if holds else [*conditions, test], class_)
        for item in node.orelse if holds is not True else ():
            yield from _raised(item, conditions if holds is False else [*conditions, "not (%s)" % test], class_)
        return
    if _is_skip(node):
        yield ("if " + " and ".join(conditions))[:_LONGEST_CONDITION] if conditions else "always: in its code"
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.stmt, ast.ExceptHandler)):
            more = ["an error"] if isinstance(child, ast.ExceptHandler) else []
            yield from _raised(child, [*conditions, *more], class_)


def _for_class(test, class_):
    """Whether `test` holds for `class_`, by its attributes (None: nobody can tell), and what is left of it as text."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        parts = [_for_class(item, class_) for item in test.values]
        if any(holds is False for holds, _ in parts):
            return False, ""
        rest = [item for item, (holds, _) in zip(test.values, parts) if holds is None]
        if not rest:
            return True, ""
        return None, " and ".join(_text(item) for item in rest)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        holds, _ = _for_class(test.operand, class_)
        return (None if holds is None else not holds), _text(test)
    known, value = _value(test, class_)
    if known:
        return bool(value), _text(test)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.NotEq)):
        (left_known, left), (right_known, right) = _value(test.left, class_), _value(test.comparators[0], class_)
        if left_known and right_known:
            return (left == right) is isinstance(test.ops[0], ast.Eq), _text(test)
    return None, _text(test)


def _value(node, class_):
    """(True, the value) of a constant, and of an attribute that the class itself gives as one."""
    if isinstance(node, ast.Constant):
        return True, node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("cls", "self"):
        value = inspect.getattr_static(class_, node.attr, _value)
        return isinstance(value, (bool, int, str)), value
    return False, None


def _is_skip(node):
    value = node.exc if isinstance(node, ast.Raise) else node.value if isinstance(node, ast.Expr) else None
    value = value.func if isinstance(value, ast.Call) else value
    name = (_chain(value) or [""])[-1] if value is not None else ""
    return name in ("skipException", "SkipTest") if isinstance(node, ast.Raise) else name == "skipTest"


def _text(node):
    text = " ".join(ast.unparse(node).split())
    return text[:_LONGEST_CONDITION]


def _credentials(value):
    """Each as [kind, role…], once."""
    found = []
    for item in value if isinstance(value, (list, tuple)) else []:
        words = [str(word) for word in item] if isinstance(item, (list, tuple)) else [str(item)]
        if words and words not in found:
            found.append(words)
    return found


def _document(node, function):
    text = ast.get_docstring(node) if node is not None else getattr(function, "__doc__", None)
    return textwrap.dedent(text).strip()[:_LONGEST] if isinstance(text, str) else ""


def _owner(class_, method):
    return next((base for base in class_.__mro__ if method in vars(base)), None)


def _family(class_):
    return [base for base in class_.__mro__ if _is_of_suite(base.__module__)]


def _is_of_suite(module):
    name = module or ""
    outside = any(name == word or name.startswith(word + ".") for word in _FRAMEWORK)
    top = sys.modules.get(name.partition(".")[0])
    return not outside and name.partition(".")[0] not in _STANDARD and getattr(top, "__file__", "") is not None


_STANDARD = frozenset(getattr(sys, "stdlib_module_names", ()))


def _module_of(class_):
    return sys.modules.get(class_.__module__)


def _relative(class_):
    """The file of `class_` below the folder that holds its package."""
    path = getattr(_module_of(class_), "__file__", None) or ""
    depth = class_.__module__.count(".") + 1
    return "/".join(path.replace(os.sep, "/").split("/")[-depth:])


def _told(calls):
    """Each once; `client.x`, whose client nobody could tell, only where no other client is asked for `x`."""
    known = {call.partition(".")[2] for call in calls if not call.startswith("client.")}
    return [call for call in _unique(calls) if not call.startswith("client.") or call[7:] not in known]


def _unique(words):
    return list(dict.fromkeys(words))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
