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
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from certmark.evidence.secrets.acceptance import digest_of, salt_of
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import InvalidDisclosures
from certmark.formats.secrets.harmless import is_placeholder
from certmark.formats.secrets.kinds import URL_PASSWORD, FoundSecret
from certmark.formats.secrets.known import KnownSecrets
from certmark.formats.secrets.names import is_secret_name
from certmark.formats.secrets.search import find_secrets

FORMAT = "certmark-openings"
VERSION = 1
_LARGEST = 16 << 20
_NUMBER = re.compile(r"\d{1,4}\Z")
_CODE_NAME = re.compile(r"(?i)(?:pin|otp|passcode)\Z")
_OPTION = re.compile(r"(?m)^([ \t]*)([A-Za-z][\w.-]*)([ \t]*[=:][ \t]*)(.*(?:\n[ \t]+\S.*)*)$")
_MARK = "removed-"
_MARKS = re.compile(rb"removed-([0-9a-f]{64})")
_ROUNDS = 4


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
            return hmac.compare_digest(digest_of(bytes.fromhex(self.salt), _encoded(self.value)), self.digest)
        except ValueError:
            return False


def marks_in(content: bytes) -> set[str]:
    """The digests that stand for something removed from `content`."""
    return {found.decode("ascii") for found in _MARKS.findall(content)}


class Redactor:
    """Takes secrets out of texts and keeps account of them. `places` are paths -> what stands for them."""

    def __init__(self, salt: bytes, known: KnownSecrets | Mapping[str, str], places: Mapping[str, str]) -> None:
        """`known` are secrets by what they are, to be removed wherever they stand, in whatever form."""
        self._salt = salt
        self._known = known if isinstance(known, KnownSecrets) else KnownSecrets(known)
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
            if not is_secret_name(name) or _is_nothing(name, value.strip()):
                return match[0]
            return f"{indent}{name}{sign}{self._mark(member, name, value.strip())}"

        return self.text(_OPTION.sub(cleaned, text), member)

    def document(self, value: Any, member: str, name: str = "") -> Any:
        """A parsed document without the values of secret keys; texts in it as `text`."""
        if isinstance(value, dict):
            return {key: self.document(inner, member, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.document(inner, member, name) for inner in value]
        if is_secret_name(name) and not _is_nothing(name, str(value)):
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
        """`text` without known secrets, whatever looks like a secret, and paths of this machine."""
        content = _encoded(text)
        content = self._without(content, tuple(self._known.find(content)), member)
        for _ in range(_ROUNDS):  # what is left of two that lie across each other may look like another
            found = tuple(find_secrets(content))
            if not found:
                break
            content = self._without(content, found, member)
        text = _decoded(content)
        for path, shown in self._places:
            text = text.replace(path, shown)
        return text

    def _without(self, content: bytes, secrets: tuple[FoundSecret, ...], member: str) -> bytes:
        parts: list[bytes] = []
        done = 0
        for found in sorted(secrets, key=lambda one: (one.start, -one.end)):
            if found.start >= done:  # what two rules lead to is one secret
                what = found.kind.noun.removeprefix("value of ") if found.kind.is_known else found.kind.noun
                parts += [content[done : found.start], self._mark(member, what, _decoded(found.value)).encode()]
                done = found.end
        return b"".join((*parts, content[done:]))

    def note(self, member: str, what: str, value: str) -> None:
        """Take account of a secret that was masked where no digest has room."""
        self._mark(member, what, value)

    def _mark(self, member: str, what: str, value: str) -> str:
        content = _encoded(value)
        if is_placeholder(content):
            return value
        salt = salt_of(self._salt, content)
        digest = digest_of(salt, content)
        self._found[RemovedSecret(member, what, digest)] = None
        self._disclosures[digest] = Disclosure(digest, value, salt.hex())
        return f"{_MARK}{digest}"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _is_nothing(name: str, value: str) -> bool:
    """Whether an option of this name that has this value holds no secret."""
    if not value or is_placeholder(_encoded(value)):
        return True
    return _NUMBER.match(value) is not None and _CODE_NAME.search(name) is None


def secrets_in_configuration(text: str) -> dict[str, str]:
    """The values of secret options of an INI file, by name, and the passwords in its URLs."""
    found = {}
    for match in _OPTION.finditer(text):
        value = match[4].strip()
        if is_secret_name(match[2]) and not _is_nothing(match[2], value):
            # oslo.config writes `$$` for the sign itself.
            found[match[2]] = value.replace("$$", "$")
            if "$$" in value:
                found[f"{match[2]}, as it is written"] = value
    for number, value in enumerate(_passwords_in_urls(text), 1):
        found[f"password {number} in a URL"] = value
    return found


def secrets_in_document(value: Any, name: str = "") -> dict[str, str]:
    """The values of secret keys of a parsed document, by key and a number, and the passwords in its URLs."""
    found: dict[str, str] = {}
    todo: list[tuple[str, Any]] = [(name, value)]
    while todo:
        key, inner = todo.pop()
        if isinstance(inner, dict):
            todo += [(str(word), item) for word, item in inner.items()]
        elif isinstance(inner, list):
            todo += [(key, item) for item in inner]
        elif is_secret_name(key) and isinstance(inner, str | int) and not _is_nothing(key, str(inner)):
            found[f"{key} {len(found) + 1}"] = str(inner)
        elif isinstance(inner, str):
            found |= {f"{key} {len(found) + 1}": each for each in _passwords_in_urls(inner)}
    return found


def _passwords_in_urls(text: str) -> Iterator[str]:
    """As they are written, and as they are meant where these differ."""
    for one in find_secrets(_encoded(text)):
        if one.kind is URL_PASSWORD:
            value = _decoded(one.value)
            yield from dict.fromkeys((value, unquote(value), value.replace("$$", "$")))


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
