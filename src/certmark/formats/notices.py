"""The texts of notices, a YAML file for each language -> `domain.notices`.

English has the rules as well: who is told of what. Other languages have texts alone, of as many events as they like.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from certmark.domain.notices import FALLBACK, NoticeRule, NoticeText, NoticeTexts
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import InvalidNotices

_LARGEST = 256 << 10
_TO = frozenset({"designate", "deputy", "administrators", "contacts", "reviewers", "people", "office"})
_TOP = {"format", "version", "language", "kinds", "events"}
_EVENT = {"subject", "lines", "kind", "to", "commits"}


def read_notices(files: Iterable[tuple[str, bytes]]) -> NoticeTexts:
    """The texts in files, each by its name, which is its language's. Raises InvalidNotices."""
    documents = {PurePath(name).stem: _document(name, data) for name, data in files}
    if FALLBACK not in documents:
        raise InvalidNotices(f"there are no texts in {FALLBACK}, from which all others are taken")
    first = documents[FALLBACK]
    kinds = first.mapping("kinds")
    names = {key: kinds.text(key) for key in kinds.content}
    events = first.mapping("events", None)
    rules = {event: _rule(events.mapping(event, _EVENT), names) for event in events.content}
    texts = {
        (language, event): _text(event, document.mapping("events").mapping(event, _EVENT))
        for language, document in documents.items()
        for event in document.mapping("events").content
    }
    strange = sorted(event for _, event in texts if event not in rules)
    if strange:
        first.refuse(f"has no event {strange[0]!r}, for which another language has a text", "events")
    languages = {language: document.text("language") for language, document in documents.items()}
    return NoticeTexts(rules, names, languages, texts)


def _document(name: str, data: bytes) -> Fields:
    document = Fields(parse_document(data, name, InvalidNotices, largest=_LARGEST), name, InvalidNotices, _TOP)
    document.check_document("certmark-notices", 1)
    return document


def _rule(fields: Fields, kinds: Iterable[str]) -> NoticeRule:
    kind, to = fields.text("kind"), frozenset(fields.texts("to"))
    if kind not in kinds:
        fields.refuse("is none of the kinds above", "kind")
    if not to <= _TO:
        fields.refuse(f"may be {', '.join(sorted(_TO))}", "to")
    return NoticeRule(kind, to, fields.truth("commits"))


def _text(event: str, fields: Fields) -> NoticeText:
    return NoticeText(event, fields.text("subject", limit=150), fields.texts("lines"))
