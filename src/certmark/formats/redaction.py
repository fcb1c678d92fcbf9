"""Taking secrets out of what leaves the machine, and finding those that are still in it.

What is removed leaves a salted digest: whoever has the run's folder (the salt stays there) can show
what it was; nobody else can guess. The same value leaves the same digest throughout a bundle.
"""

from __future__ import annotations

import hmac
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, NamedTuple

_STEP = 4 << 20
_OVERLAP = 8 << 10
_SHORTEST = 6
"""Characters of a secret that is looked for everywhere; a shorter one stands in any text by chance."""
_ENTROPY = 2.8
"""Bits a character: words and `<omitted>` have less, tokens more."""

_SECRET_NAME = re.compile(
    r"(?i)(password|passwd|secret|passphrase|private_?key|auth_?key|access_?key|api_?key|\btoken$|_token$|credential)"
)
_HARMLESS = re.compile(r"(?i)(true|false|none|null|\d{1,4}|)\Z")
_OPTION = re.compile(r"(?m)^([ \t]*)([A-Za-z][\w.-]*)([ \t]*[=:][ \t]*)(.*(?:\n[ \t]+\S.*)*)$")
# Printable ASCII only: in a stream a URL may be followed by the binary head of the next packet, which may have an @.
_URL = re.compile(rb"([a-z][a-z0-9+.-]{1,20}://[!#-&(-.0-9;=?A-~]{1,200}:)([!#-&(-.0-;=?A-~]{1,500})(?=@)")
_PRIVATE_KEY = re.compile(
    rb"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:.{0,10000}?-----END [A-Z ]{0,30}PRIVATE KEY-----)?", re.DOTALL
)
_FERNET = re.compile(rb"gAAAAA[A-Za-z0-9_-]{60,2000}={0,2}")
_HEADER = re.compile(
    rb"(?i)((?:x-auth-token|x-subject-token|x-service-token|x-storage-token|authorization)['\"]{0,2}\s{0,4}[:=]\s{0,4}['\"]{0,2}"
    rb"(?:(?:basic|bearer|token)\s{1,4})?)([A-Za-z0-9+/_=.-]{16,4000})"
)


class Removal(NamedTuple):
    """A secret that was taken out."""

    member: str
    what: str
    """An option's name, or the kind of secret."""
    digest: str


class Leak(NamedTuple):
    """A secret that is still in something."""

    member: str
    what: str


def is_secret_name(name: str) -> bool:
    """Whether an option or key of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


class Redactor:
    """Takes secrets out of texts and keeps account of them. `places` are paths -> what stands for them."""

    def __init__(self, salt: bytes, known: Mapping[str, str], places: Mapping[str, str]) -> None:
        """`known` are secrets by their names, to be removed wherever they stand."""
        self._salt = salt
        self._known = sorted(
            ((value, name) for name, value in known.items() if len(value) >= _SHORTEST), key=lambda item: -len(item[0])
        )
        self._places = sorted(places.items(), key=lambda item: -len(item[0]))
        self._found: dict[Removal, None] = {}

    @property
    def removals(self) -> tuple[Removal, ...]:
        """What was taken out so far, each once."""
        return tuple(self._found)

    def configuration(self, text: str, member: str) -> str:
        """An INI file without the values of secret options, then as `text`."""

        def cleaned(match: re.Match[str]) -> str:
            indent, name, sign, value = match.groups()
            if not is_secret_name(name) or _HARMLESS.match(value.strip()):
                return match[0]
            return f"{indent}{name}{sign}{self._mark(member, name, value.strip())}"

        return self.text(_OPTION.sub(cleaned, text), member)

    def document(self, value: Any, member: str, name: str = "") -> Any:  # noqa: ANN401 - foreign JSON or YAML
        """A parsed document without the values of secret keys; texts in it as `text`."""
        if isinstance(value, dict):
            return {key: self.document(inner, member, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.document(inner, member, name) for inner in value]
        if is_secret_name(name) and not _HARMLESS.match(str(value)):
            return self._mark(member, name, str(value))
        return self.text(value, member) if isinstance(value, str) else value

    def text(self, text: str, member: str) -> str:
        """`text` without known secrets, private keys, tokens, passwords in URLs and paths of this machine."""
        for secret, name in self._known:
            if secret in text:
                text = text.replace(secret, self._mark(member, name, secret))
        content = text.encode("utf-8", "surrogateescape")
        content = _PRIVATE_KEY.sub(lambda match: self._marked(member, "private key", match[0]), content)
        content = _FERNET.sub(lambda match: self._marked(member, "token", match[0]), content)
        content = _URL.sub(lambda match: match[1] + self._marked(member, "password in a URL", match[2]), content)
        content = _HEADER.sub(lambda match: self._header(match, member), content)
        text = content.decode("utf-8", "surrogateescape")
        for path, shown in self._places:
            text = text.replace(path, shown)
        return text

    def _header(self, match: re.Match[bytes], member: str) -> bytes:
        return match[1] + self._marked(member, "authorisation header", match[2]) if _is_dense(match[2]) else match[0]

    def _marked(self, member: str, what: str, value: bytes) -> bytes:
        text = value.decode("utf-8", "surrogateescape")
        return text.encode() if text.startswith("removed-") else self._mark(member, what, text).encode()

    def _mark(self, member: str, what: str, value: str) -> str:
        if value.startswith("removed-"):
            return value
        digest = hmac.new(self._salt, value.encode("utf-8", "surrogateescape"), "sha256").hexdigest()[:32]
        self._found[Removal(member, what, digest)] = None
        return f"removed-{digest}"


def secrets_in_configuration(text: str) -> dict[str, str]:
    """The values of secret options of an INI file, by name."""
    found = {}
    for match in _OPTION.finditer(text):
        value = match[4].strip()
        if is_secret_name(match[2]) and not _HARMLESS.match(value):
            # oslo.config writes `$$` for the sign itself.
            found[match[2]] = value.replace("$$", "$")
            if "$$" in value:
                found[f"{match[2]}, as it is written"] = value
    return found


def secrets_in_document(value: Any, name: str = "") -> dict[str, str]:  # noqa: ANN401 - foreign JSON or YAML
    """The values of secret keys of a parsed document, by key and a number."""
    found: dict[str, str] = {}
    todo: list[tuple[str, Any]] = [(name, value)]
    while todo:
        key, inner = todo.pop()
        if isinstance(inner, dict):
            todo += [(str(word), item) for word, item in inner.items()]
        elif isinstance(inner, list):
            todo += [(key, item) for item in inner]
        elif is_secret_name(key) and isinstance(inner, str | int) and not _HARMLESS.match(str(inner)):
            found[f"{key} {len(found) + 1}"] = str(inner)
    return found


def leaks(stream: BinaryIO, member: str, known: Mapping[str, str]) -> tuple[Leak, ...]:
    """The secrets that stand in `stream`: those of `known`, and what looks like one. Bounded memory."""
    wanted = {form: name for name, value in known.items() if len(value) >= _SHORTEST for form in _forms(value)}
    known_pattern = re.compile(b"|".join(map(re.escape, wanted))) if wanted else None
    found: dict[Leak, None] = {}
    tail = b""
    while block := stream.read(_STEP):
        window = tail + block
        if known_pattern is not None:
            for match in known_pattern.finditer(window):
                found[Leak(member, f"the value of {wanted[match[0]]}")] = None
        found.update(dict.fromkeys(Leak(member, what) for what in _suspects(window)))
        tail = window[-_OVERLAP:]
    return tuple(found)


def _forms(secret: str) -> Iterable[bytes]:
    """A secret as it stands in text, in JSON and in a URL."""
    import json  # noqa: PLC0415 - reading a bundle's evidence needs none of this
    from urllib.parse import quote  # noqa: PLC0415 - likewise

    return {secret.encode(), json.dumps(secret)[1:-1].encode(), quote(secret, safe="").encode()}


def _suspects(window: bytes) -> Iterable[str]:
    if b"PRIVATE KEY-----" in window and _PRIVATE_KEY.search(window):
        yield "a private key"
    if b"gAAAAA" in window and _FERNET.search(window):
        yield "a token"
    if b"://" in window and any(not match[2].startswith(b"removed-") for match in _URL.finditer(window)):
        yield "a password in a URL"
    if any(_is_dense(match[2]) for match in _HEADER.finditer(window)):
        yield "an authorisation header"


def _is_dense(value: bytes) -> bool:
    if value.startswith(b"removed-"):
        return False
    total = len(value)
    return -sum(count / total * math.log2(count / total) for count in Counter(value).values()) >= _ENTROPY
