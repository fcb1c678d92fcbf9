"""What options, keys, headers, variables and elements are called that hold a secret: one list for all of them."""

from __future__ import annotations

from functools import lru_cache

from certmark.formats.secrets.patterns import Pattern

_LAST = frozenset(
    (
        "pass", "password", "passwords", "passwd", "passphrase", "passcode", "pw", "pwd", "secret",
        "token", "hmac", "bearer", "pin", "totp", "otp", "cookie", "credential", "credentials",
        "authorization", "userdata", "adminpass", "adminpw", "rootpw", "apikey", "authkey", "accesskey",
        "secretkey", "privatekey", "sshkey", "sessionkey", "payload",
    )
)  # fmt: skip
"""A name that ends with one of these words is of a secret."""
_ENDINGS = Pattern(
    r"(?:password|passwd|passphrase|passcode|secret|token|(?:admin|user|root|db)pass|apikey|privatekey)\Z"
)
"""Likewise where words are written as one."""
_KEYS_OF = frozenset(
    (
        "private", "access", "api", "auth", "secret", "ssh", "session", "signing", "encryption", "url",
        "shared", "account", "client", "master", "service", "storage", "ec2", "s3", "hmac", "psk",
        "rsa", "dsa", "tsig", "wrapping",
    )
)  # fmt: skip
"""Before `key`: a key by itself is that of a mapping."""
_PAIRS = frozenset({("user", "data"), ("key", "data"), ("app", "cred")})
_ANYWHERE = frozenset({"password", "passwd", "passphrase", "secret"})
_ABOUT = frozenset(
    (
        "length", "size", "count", "at", "in", "ref", "refs", "href", "url", "uri", "type", "name",
        "names", "id", "ids", "uuid", "file", "path", "dir", "driver", "provider", "enabled",
        "required", "expires", "expiry", "expired", "regex", "policy", "rule", "rules", "history",
        "hash", "algorithm", "mode", "format", "version", "status", "change", "changed", "changes",
        "changing", "reset", "rotation", "days", "age", "min", "max", "minimum", "maximum", "number",
        "len", "test", "tests", "scope", "scopes", "set", "metadata", "store", "stores", "manager",
        "plugin", "plugins", "container", "containers", "order", "orders", "consumer", "consumers",
        "acl", "acls", "project", "quota", "quotas", "limit", "limits", "is", "has", "not", "for",
        "the", "and", "or", "of", "from", "with", "to", "was", "client", "api", "service",
        "description", "hashing", "field", "input", "output", "lock", "prompt",
    )
)  # fmt: skip
"""After a word of `_ANYWHERE`: what tells about a secret and is none."""
_NO_TOKENS = frozenset({"next", "page", "continue", "continuation", "sync"})
"""Before `token`: where a list goes on."""
_CAPITAL = Pattern(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = Pattern(r"[^A-Za-z0-9]+")


@lru_cache(maxsize=1024)  # few names, each very often
def is_secret_name(name: str) -> bool:
    """Whether an option, key, header, variable or element of this name holds a secret."""
    words = [word.lower() for word in _BETWEEN.split(_CAPITAL.sub("_", name)) if word]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    if not words:
        return False
    last, before = words[-1].rstrip("0123456789") or words[-1], words[-2] if len(words) > 1 else ""
    if last == "token" and before in _NO_TOKENS:
        return False
    if last in _LAST or _ENDINGS.search(last) or (before, last) in _PAIRS:
        return True
    return (last == "key" and before in _KEYS_OF) or (last not in _ABOUT and not _ANYWHERE.isdisjoint(words))
