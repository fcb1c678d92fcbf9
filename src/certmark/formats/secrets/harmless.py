"""What stands where a secret could stand and is none: what a log prints in its place, a sentence about it, code."""

from __future__ import annotations

import math
from collections import Counter

from certmark.formats.secrets.patterns import Pattern

ENTROPY = 2.8
"""Bits a character: words and `<omitted>` have less, tokens more."""
_PRINTED = Pattern(
    rb"(?i)(?:\*+|<[a-z ]{1,30}>|\(secret\)|\{SHA\d*\}\S{1,130}|none|null|nil|true|false|yes|no|on|off|n/a|undefined"
    rb"|\.\.\.|\xe2\x80\xa6|removed-[0-9a-f]{32,64})\Z"
)
"""Stars, <omitted>, a digest that oslo.log makes, what Certmark itself left."""
_REFERENCE = Pattern(
    rb"(?i)https?://[^\s@\"']{1,2000}\Z|\$\{?[A-Z_][A-Z0-9_]*\}?\Z|%(?:\(\w{1,60}\))?[sdr]\Z|\{\{.{0,200}\}\}\Z|\{\w{0,60}\}\Z"
)
"""A link to a secret (its own service asks for a token), or the name of something that is filled in."""
_CODE = Pattern(
    rb"(?:[A-Za-z_]\w{0,60}\.){0,6}[A-Za-z_]\w{0,80}[(\[]"
    rb"|(?:self|cls|CONF|os\.environ|kwargs|args)\.[A-Za-z_]"
    rb"|(?i:(?:[A-Za-z_]\w{0,60}\.){1,6}\w{0,60}(?:pass|passwd|password|secret|token|key|creds?|credentials)\Z)"
    rb"|(?:[a-z]{1,20}_){0,4}(?:admin_?pass|passwd|password|secret|token|creds|credentials)\Z"
    rb"|[({\[]"
)
"""Not quoted, what a traceback has of a program: a call, an attribute, a variable that is named for a secret."""
_VERBS = frozenset(
    b"must is be are was has have had not cannot should shall may can could expected required requires require invalid "
    b"missing passed failed failing succeeded got found expired changed wrong unknown denied allowed supported empty "
    b"unauthorized forbidden mismatch does do did will would contains contain too".split()
)
"""One of these is in every sentence about a secret."""
_STATES = frozenset(
    b"invalid missing required expired changed wrong unknown empty omitted hidden redacted masked removed unchanged "
    b"unset set denied authentication incorrect correct ok failed mismatch unauthorized forbidden rejected accepted "
    b"optional string str int integer object array boolean bytes".split()
)
"""Single words that tell of one."""
_CAMEL = Pattern(rb"(?<=[a-z])(?=[A-Z][a-z])")
_APART = Pattern(rb"[\s_.,;:!?()/'\"\x60-]+")
_WORD = Pattern(rb"[A-Za-z]{1,30}\Z")
_NUMBER = Pattern(rb"\d{1,14}[TZ]?(?:\d{1,6}Z?)?\Z")
_LONGEST_SENTENCE = 2_000


def is_placeholder(value: bytes) -> bool:
    """Whether it is what is printed in the place of a secret, or where there is none."""
    return _PRINTED.match(value) is not None


def is_harmless(value: bytes) -> bool:
    """Whether it only stands for a secret, or speaks of one."""
    return not value or _PRINTED.match(value) is not None or _REFERENCE.match(value) is not None or is_sentence(value)


def is_code(value: bytes) -> bool:
    """Whether it is a piece of a program, where it is not quoted."""
    return _CODE.match(value) is not None


def is_sentence(value: bytes) -> bool:
    """Whether it is made of words and numbers only, and says something: `must be at least 8 characters long`."""
    if len(value) > _LONGEST_SENTENCE:
        return False
    words = [word for word in _APART.split(_CAMEL.sub(b" ", value)) if word]
    plain = [word.lower() for word in words if _WORD.match(word)]
    if len(plain) == 1 == len(words):
        return plain[0] in _STATES
    whole = all(_WORD.match(word) or _NUMBER.match(word) for word in words)
    return whole and len(plain) > 1 and not _VERBS.isdisjoint(plain)


def is_dense(value: bytes) -> bool:
    """Whether it looks like chance and not like words."""
    total = len(value)
    return -sum(count / total * math.log2(count / total) for count in Counter(value).values()) >= ENTROPY
