"""Secrets that are known, found in every form in which a log may have them.

A value of six characters or more is looked for as it is, in capitals and small letters, escaped for JSON, URLs,
HTML and Python, in base64 at each alignment, in hexadecimal digits and in UTF-16. A shorter one, or a plain word,
stands in any text by chance: it is looked for as a word by itself, and not at all where everybody's logs have it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from certmark.formats.secrets.kinds import FoundSecret, Owner, SecretKind
from certmark.formats.secrets.search import SHORTEST, Prefilter

SHORTEST_WORD = 4
"""Characters of a value that is looked for as a word by itself."""
_LONGEST_WORD = 11
"""Letters of what may be a word; a longer one is a passphrase."""
_ORDINARY = frozenset(
    (
        "access", "account", "adminpass", "admin", "administrator", "alice", "alt_demo", "anonymous",
        "api", "auth", "backup", "bob", "ceilometer", "cinder", "cirros", "cloud", "compute", "config",
        "controller", "credential", "database", "debian", "debug", "default", "demo", "designate",
        "devstack", "domain", "enabled", "glance", "guest", "heat", "horizon", "identity", "image",
        "ironic", "key", "keystone", "localhost", "login", "manager", "member", "mysql", "network",
        "neutron", "nobody", "nova", "octavia", "object", "openstack", "operator", "pass", "passwd",
        "password", "placement", "placeholder", "postgres", "private", "project", "public", "rabbit",
        "rabbitmq", "reader", "redis", "region", "root", "rootroot", "sahara", "secret", "secrets",
        "server", "service", "shared", "stack", "storage", "super", "swift", "system", "tempest",
        "tenant", "test", "tester", "testing", "tests", "token", "trove", "ubuntu", "user", "username",
        "vagrant", "volume",
    )
)  # fmt: skip
"""Words that stand in every log of a cloud, and are somebody's password."""
_WORD = re.compile(rb"[A-Za-z0-9_]")


class _Form(NamedTuple):
    """A form that a known value may have."""

    kind: SecretKind
    value: bytes
    """The value itself, as whoever looks at a finding is told it."""
    exact: frozenset[bytes] | None
    """How it may be written in capitals and small letters; None: in any way."""
    is_word: bool
    """Whether it counts only by itself."""


class KnownSecrets:
    """The secrets that somebody has, by what they are."""

    def __init__(self, values: Mapping[str, str], public: bytes = b"") -> None:
        """`public` is what everybody may read: words of it are not looked for by themselves."""
        self.values = dict(values)
        self._public = public

    @cached_property
    def unsearchable(self) -> tuple[str, ...]:
        """What is too short or too ordinary to be looked for: only where a name gives it away it is found."""
        return tuple(name for name, value in self.values.items() if value and not self._is_searched(value))

    @cached_property
    def _forms(self) -> dict[bytes, _Form]:
        """By how they are written in small letters."""
        found: dict[bytes, _Form] = {}
        for name, value in self.values.items():
            if not self._is_searched(value):
                continue
            kind = SecretKind(f"the value of {name}", Owner.OPERATOR, is_known=True)
            content = _encoded(value)
            if is_weak(value):
                found.setdefault(content.lower(), _Form(kind, content, frozenset({content}), is_word=True))
                continue
            by_small: dict[bytes, set[bytes]] = {}
            for form in written_forms(value):
                by_small.setdefault(form.lower(), set()).add(form)
            for small, exact in by_small.items():
                found.setdefault(small, _Form(kind, content, frozenset(exact), is_word=False))
            found.setdefault(content.hex().encode(), _Form(kind, content, None, is_word=False))
        return found

    def _is_searched(self, value: str) -> bool:
        content = _encoded(value)
        if not is_weak(value):
            return content not in self._public
        is_mixed = any(map(str.isalpha, value)) and not value.isalpha()
        if len(value) < SHORTEST and not (is_mixed and len(value) >= SHORTEST_WORD):
            return False
        return value.lower() not in _ORDINARY and content.lower() not in self._public.lower()

    def find(self, window: bytes, prefilter: Prefilter | None = None) -> Iterator[FoundSecret]:
        """Where one stands in `window`, in whatever form."""
        if not self._forms:
            return
        prefilter = prefilter or Prefilter(window)
        for small, form in self._forms.items():
            if not prefilter.may_have(small):
                continue
            lower = prefilter.lower
            start = lower.find(small)
            while start >= 0:
                end = start + len(small)
                if (form.exact is None or window[start:end] in form.exact) and not (
                    form.is_word and _is_within_word(window, start, end)
                ):
                    yield FoundSecret(form.kind, start, end, form.value)
                    start = end - 1
                start = lower.find(small, start + 1)


def is_weak(value: str) -> bool:
    """Whether it may stand in a text by chance: short, few digits, or a word."""
    return (
        len(value) < SHORTEST
        or (value.isdigit() and len(value) < 8)
        or (value.isalpha() and len(value) <= _LONGEST_WORD and value.isascii() and not _is_mixed(value))
    )


def _is_mixed(value: str) -> bool:
    """Whether capitals stand among small letters, as in no word."""
    return not (value.islower() or value.isupper() or value[1:].islower())


def _is_within_word(window: bytes, start: int, end: int) -> bool:
    return bool(_WORD.match(window[max(0, start - 1) : start]) or _WORD.match(window[end : end + 1]))


def _encoded(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def written_forms(value: str) -> Iterable[bytes]:
    """How a value is written by what logs, but for hexadecimal digits, whose capitals do not matter."""
    content = _encoded(value)
    texts = {value, *_in_programs(value, content), *_in_urls(content), *_in_html(value)}
    if _has_twins(value):
        texts |= {value.upper(), value.lower()}
    return {*map(_encoded, texts), *_in_base64(content), *_in_utf_16(value)}


def _has_twins(value: str) -> bool:
    return len(value) > SHORTEST + 1 and not value.isalpha()


def _in_programs(value: str, content: bytes) -> Iterator[str]:
    """In JSON, also within JSON; as Python prints texts and bytes; each byte by its number."""
    import json

    for once in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield once
        yield json.dumps(once)[1:-1]
        yield once.replace("/", "\\/")
    yield repr(value)[1:-1]
    yield ascii(value)[1:-1]
    yield repr(content)[2:-1]
    yield repr(repr(content)[2:-1].encode())[2:-1]
    yield value.replace("'", "\\'")
    yield "".join(f"\\x{byte:02x}" for byte in content)
    yield "".join(f"\\x{byte:02X}" for byte in content)


def _in_urls(content: bytes) -> Iterator[str]:
    from urllib.parse import quote, quote_plus

    for safe in ("", "/", "~", "!~*'()", "!#$&'()*+,/:;=?@~", "-_.!*'(),"):
        for written in (quote(content, safe=safe), quote_plus(content, safe=safe)):
            yield written
            yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), written)
            yield quote(written, safe="")
    yield "".join(f"%{byte:02X}" for byte in content)
    yield "".join(f"%{byte:02x}" for byte in content)


def _in_html(value: str) -> Iterator[str]:
    from html import escape

    yield escape(value, quote=False)
    for quoted, apostrophe in (("&quot;", "&#x27;"), ("&quot;", "&#39;"), ("&#34;", "&#39;"), ("&quot;", "&apos;")):
        written = escape(value, quote=False).replace('"', quoted).replace("'", apostrophe)
        yield written
        yield written.encode("ascii", "xmlcharrefreplace").decode()
        yield "".join(letter if letter.isascii() else f"&#x{ord(letter):x};" for letter in written)


def _in_base64(content: bytes) -> Iterator[bytes]:
    """The letters that depend on the value alone, whatever stands before and after it."""
    for before in range(3):
        whole = b64encode(bytes(before) + content + bytes(2))
        core = whole[-(-8 * before // 6) : 8 * (before + len(content)) // 6]
        yield core
        yield core.replace(b"+", b"-").replace(b"/", b"_")


def _in_utf_16(value: str) -> Iterator[bytes]:
    """Without the bytes at the ends that the two orders do not share."""
    written = value.encode("utf-16-le", "surrogatepass")
    yield written[:-1] if written[-1:] == b"\0" else written
    yield value.encode("utf-16-be", "surrogatepass")
