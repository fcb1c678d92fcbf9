"""Taking secrets out of what leaves the machine, and finding those that are still in it.

What is removed leaves a salted digest: whoever has the run's folder (the salt stays there) can show
what it was; nobody else can guess. The same value leaves the same digest throughout a bundle. Each
value has a salt of its own, made from the folder's: to show one is no help in guessing another. What a reviewer is
shown is a JSON file of values, digests and salts.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from certmark.evidence.secrets.patterns import KINDS, SecretKind, find_secrets, is_harmless
from certmark.evidence.secrets.search import SHORTEST
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import InvalidDisclosures

FORMAT = "certmark-openings"
VERSION = 1
_LARGEST = 16 << 20
_SECRET_NAME = re.compile(
    r"(?i)(pass(word|wd|phrase)?$|password|passwd|passphrase|adminpass|secret|private_?key|auth_?key|access_?key|api_?key|"
    r"\btoken$|_token$|credential|user_?data$|cookie|temp-url-key)"
)
_HARMLESS = re.compile(r"(?i)(true|false|none|null|\d{1,4}|)\Z")
_OPTION = re.compile(r"(?m)^([ \t]*)([A-Za-z][\w.-]*)([ \t]*[=:][ \t]*)(.*(?:\n[ \t]+\S.*)*)$")
_MARK = "removed-"
_MARKS = re.compile(rb"removed-([0-9a-f]{64})")


class RemovedSecret(NamedTuple):
    """A secret that was taken out."""

    member: str
    what: str
    """An option's name, or the kind of secret."""
    digest: str

    def document(self) -> dict[str, str]:
        """As it stands in a manifest."""
        return {"member": self.member, "what": self.what, "digest": self.digest}


class Disclosure(NamedTuple):
    """What a reviewer is shown of one secret: enough to check it, no help with another."""

    digest: str
    value: str
    salt: str
    """32 bytes in hexadecimal digits."""

    @property
    def holds(self) -> bool:
        """Whether this value left this digest."""
        try:
            return hmac.compare_digest(_digest(bytes.fromhex(self.salt), self.value), self.digest)
        except ValueError:
            return False


def marks_in(content: bytes) -> set[str]:
    """The digests that stand for something removed from `content`."""
    return {found.decode("ascii") for found in _MARKS.findall(content)}


def is_secret_name(name: str) -> bool:
    """Whether an option or key of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


class Redactor:
    """Takes secrets out of texts and keeps account of them. `places` are paths -> what stands for them."""

    def __init__(self, salt: bytes, known: Mapping[str, str], places: Mapping[str, str]) -> None:
        """`known` are secrets by their names, to be removed wherever they stand."""
        self._salt = salt
        self._known = sorted(
            ((value, name) for name, value in known.items() if len(value) >= SHORTEST), key=lambda item: -len(item[0])
        )
        self._places = sorted(places.items(), key=lambda item: -len(item[0]))
        self._found: dict[RemovedSecret, None] = {}
        self._disclosures: dict[str, Disclosure] = {}

    @property
    def removals(self) -> tuple[RemovedSecret, ...]:
        """What was taken out so far, each once."""
        return tuple(self._found)

    @property
    def disclosures(self) -> Mapping[str, Disclosure]:
        """What each digest stands for."""
        return self._disclosures

    def configuration(self, text: str, member: str) -> str:
        """An INI file without the values of secret options, then as `text`."""

        def cleaned(match: re.Match[str]) -> str:
            indent, name, sign, value = match.groups()
            if not is_secret_name(name) or _HARMLESS.match(value.strip()):
                return match[0]
            return f"{indent}{name}{sign}{self._mark(member, name, value.strip())}"

        return self.text(_OPTION.sub(cleaned, text), member)

    def document(self, value: Any, member: str, name: str = "") -> Any:
        """A parsed document without the values of secret keys; texts in it as `text`."""
        if isinstance(value, dict):
            return {key: self.document(inner, member, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.document(inner, member, name) for inner in value]
        if is_secret_name(name) and not _HARMLESS.match(str(value)):
            return self._mark(member, name, str(value))
        return self.text(value, member) if isinstance(value, str) else value

    def excerpts(self, value: Any, member: str) -> Any:
        """A parsed document whose texts lose what `text` finds in them; names of keys are not looked at."""
        if isinstance(value, dict):
            return {key: self.excerpts(inner, member) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.excerpts(inner, member) for inner in value]
        return self.text(value, member) if isinstance(value, str) else value

    def text(self, text: str, member: str) -> str:
        """`text` without known secrets, private keys, tokens, passwords in URLs and paths of this machine."""
        for secret, name in self._known:
            if secret in text:
                text = text.replace(secret, self._mark(member, name, secret))
        content = text.encode("utf-8", "surrogateescape")
        for kind in KINDS:
            content = self._without(content, kind, member)
        text = content.decode("utf-8", "surrogateescape")
        for path, shown in self._places:
            text = text.replace(path, shown)
        return text

    def _without(self, content: bytes, kind: SecretKind, member: str) -> bytes:
        parts: list[bytes] = []
        done = 0
        for found in sorted(find_secrets(content, [kind]), key=lambda one: one.start):
            if found.start >= done:  # what two needles lead to is one secret
                mark = self._mark(member, kind.noun, found.value.decode("utf-8", "surrogateescape"))
                parts += [content[done : found.start], mark.encode()]
                done = found.end
        return b"".join((*parts, content[done:]))

    def note(self, member: str, what: str, value: str) -> None:
        """Take account of a secret that was masked where no digest has room."""
        self._mark(member, what, value)

    def _mark(self, member: str, what: str, value: str) -> str:
        if is_harmless(value.encode("utf-8", "surrogateescape")):
            return value
        salt = hmac.digest(self._salt, b"salt of " + value.encode("utf-8", "surrogateescape"), "sha256")
        digest = _digest(salt, value)
        self._found[RemovedSecret(member, what, digest)] = None
        self._disclosures[digest] = Disclosure(digest, value, salt.hex())
        return f"{_MARK}{digest}"


def _digest(salt: bytes, value: str) -> str:
    return hmac.digest(salt, value.encode("utf-8", "surrogateescape"), "sha256").hex()


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


def secrets_in_document(value: Any, name: str = "") -> dict[str, str]:
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


def write_disclosures(run: str, disclosures: Iterable[Disclosure]) -> bytes:
    """The file for a reviewer; secrets stand in it, in clear."""
    document = {"format": FORMAT, "version": VERSION, "run": run, "shown": [one._asdict() for one in disclosures]}
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def read_disclosures(data: bytes, name: str) -> tuple[Disclosure, ...]:
    """What is shown in file `name`; nothing is checked. Raises InvalidDisclosures."""
    if len(data) > _LARGEST:
        raise InvalidDisclosures(f"{name} has more than {_LARGEST >> 20} MiB; no run has so many secrets")
    fields = Fields(
        parse_json(data, name, InvalidDisclosures, unique=True), name, InvalidDisclosures, hint="ask for it again"
    )
    fields.check_document(FORMAT, VERSION)
    if not fields.has("shown"):
        fields.refuse("shows nothing")
    return tuple(_disclosure(entry) for entry in fields.items("shown"))


def _disclosure(entry: Fields) -> Disclosure:
    value = entry.text("value", may_be_empty=True, limit=_LARGEST)
    return Disclosure(entry.text("digest"), value, entry.text("salt"))
