"""What a skip, a set-up error or an attempt means: the guideline's policy, as data (rule 7).

A policy never turns a failure into a pass, and never makes success of nothing: a test whose
effect is `ignored` is not counted, and a program with nothing to count is not applicable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple, TypeVar

from certmark.domain.errors import InvalidInput, InvalidRequest

Kind = TypeVar("Kind", bound=Enum)


class Effect(Enum):
    """What a required test that neither passed nor failed does to its capability."""

    FAIL = "fail"
    INCOMPLETE = "incomplete"
    IGNORED = "ignored"


class AttemptRule(Enum):
    """Which of several attempts of one test counts; the others are disclosed."""

    LAST = "last"
    FIRST = "first"
    BEST = "best"
    WORST = "worst"


class Consequence(Enum):
    """What a failure does to the verdict that is no outcome of a required test."""

    TELL = "tell"
    """The verdict's sentence names it."""
    INCOMPLETE = "incomplete"
    FAIL = "fail"


class Method(Enum):
    """Which rules judge."""

    CERTMARK = "certmark"
    """Rules 1 to 9 of `domain.verdicts`."""
    REFSTACK_2020 = "refstack-2020"
    """Rule 10: RefStack's verdict to the letter."""


class Policy(NamedTuple):
    """What it means to pass."""

    name: str
    description: str
    skipped: Effect = Effect.INCOMPLETE
    setup_error: Effect = Effect.INCOMPLETE
    not_run: Effect = Effect.INCOMPLETE
    not_reported: Effect = Effect.INCOMPLETE
    attempts: AttemptRule = AttemptRule.LAST
    method: Method = Method.CERTMARK
    teardown: Consequence = Consequence.TELL
    """What a failed clean-up of a class or a suite does; it leaves the tests' outcomes as they are."""
    others: Consequence = Consequence.TELL
    """What failures outside of the required tests do: TELL or FAIL. With FAIL, any failure in the evidence is one."""


class InvalidPolicy(InvalidInput):
    """The author of a policy document must mend it; the message says where and how."""


class NoRefstackVerdict(InvalidRequest):
    """RefStack had no verdict for this guideline or program; another policy has."""


STRICT = Policy("strict", "Every counted test must pass; a test that was skipped or did not run leaves a gap.")
NONE_FAILED = Policy(
    "none-failed",
    "No test may fail; a skipped test does not count, a test that did not run leaves a gap.",
    skipped=Effect.IGNORED,
    setup_error=Effect.FAIL,
)
REFSTACK_2020 = Policy(
    "refstack-2020",
    "The verdict of the RefStack server of 2020, for comparison with history.",
    method=Method.REFSTACK_2020,
)

CONFORMANCE = Policy(
    "conformance",
    "Every counted test must pass, and nothing else in the evidence may fail, whether it is asked for or not.",
    others=Consequence.FAIL,
)

POLICIES: Mapping[str, Policy] = {policy.name: policy for policy in (STRICT, NONE_FAILED, CONFORMANCE, REFSTACK_2020)}
"""The policies that come with Certmark, by name; no other policy may have one of these names."""

_EFFECTS = ("skipped", "setup_error", "not_run", "not_reported")
_KEYS = ("name", "description", *_EFFECTS, "attempts", "teardown", "others", "method")
_OTHERS = (Consequence.TELL, Consequence.FAIL)


def policy_from(document: object) -> Policy:
    """The policy that a JSON document describes: a name of `POLICIES`, or an object.

    The object has `name` and any of `description`, `skipped`, `setup_error`, `not_run`,
    `not_reported` (`fail`, `incomplete`, `ignored`), `attempts` (`last`, `first`, `best`,
    `worst`), `teardown` (`tell`, `incomplete`, `fail`), `others` (`tell`, `fail`) and `method`.
    An object with a name of `POLICIES` must be that policy. Raises InvalidPolicy.
    """
    if isinstance(document, str):
        known = POLICIES.get(document)
        if known is None:
            raise InvalidPolicy(f"there is no policy {document!r}; the ones that come along are {', '.join(POLICIES)}")
        return known
    if not isinstance(document, Mapping) or not isinstance(document.get("name"), str):
        raise InvalidPolicy('a policy is a name or an object with a "name"')
    unknown = [str(key) for key in document if key not in _KEYS]
    if unknown:
        raise InvalidPolicy(f"unknown key {unknown[0]!r} in a policy; it may have {', '.join(_KEYS)}")
    effects = {key: _member(Effect, key, document[key]) for key in _EFFECTS if key in document}
    policy = Policy(
        name=document["name"],
        description=str(document.get("description", "")),
        attempts=_member(AttemptRule, "attempts", document.get("attempts", "last")),
        method=_member(Method, "method", document.get("method", "certmark")),
        teardown=_member(Consequence, "teardown", document.get("teardown", "tell")),
        others=_member(_OTHERS, "others", document.get("others", "tell")),
        **effects,
    )
    return _unreserved(policy)


def _folded(name: str) -> str:
    """A name as people read it: capitals, blanks and the kind of dash do not tell two apart."""
    return "-".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _unreserved(policy: Policy) -> Policy:
    """`policy`, unless it has the name of one that comes along: then that one, if it means the same."""
    if not policy.name.strip() or not policy.name.isprintable():
        raise InvalidPolicy("the name of a policy must be a word that can be read")
    shipped = next((one for name, one in POLICIES.items() if name == _folded(policy.name)), None)
    if shipped is None:
        return policy
    if policy.name != shipped.name or policy._replace(description=shipped.description) != shipped:
        raise InvalidPolicy(
            f"the policy {policy.name} differs from the one of this name that comes along; give it another name"
        )
    return shipped


def policy_document(policy: Policy) -> dict[str, str]:
    """The JSON object of `policy`: every field, so that it reads back equal."""
    return {key: value.value if isinstance(value, Enum) else value for key, value in policy._asdict().items()}


def _member(kind: Iterable[Kind], key: str, value: object) -> Kind:
    for member in kind:
        if member.value == value:
            return member
    choices = ", ".join(str(member.value) for member in kind)
    raise InvalidPolicy(f"{key} in a policy is {value!r}; it must be one of {choices}")
