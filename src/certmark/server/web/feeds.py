"""Atom feeds (RFC 4287)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from certmark.reporting.text import plain

_ATOM = "http://www.w3.org/2005/Atom"


class FeedEntry(NamedTuple):
    """Something that happened."""

    id: str
    """Never changes and is nobody else's: a path of this site, or a URI."""
    title: str
    updated: int
    """Microseconds since 1970."""
    address: str
    """A path of this site."""
    summary: str = ""
    author: str = ""


class Feed(NamedTuple):
    """What happened, the newest first."""

    title: str
    address: str
    """The path of the page of which it is the feed."""
    entries: Sequence[FeedEntry]


def atom(feed: Feed, absolute: Callable[[str], str]) -> bytes:
    """The feed as XML in UTF-8; `absolute` makes a whole address of a path."""
    root = ET.Element("feed", xmlns=_ATOM)
    page = absolute(feed.address)
    _put(root, "id", page)
    _put(root, "title", feed.title)
    _put(root, "updated", _moment(max((entry.updated for entry in feed.entries), default=0)))
    ET.SubElement(root, "link", rel="alternate", type="text/html", href=page)
    ET.SubElement(root, "link", rel="self", type="application/atom+xml", href=f"{page}.atom")
    _put(ET.SubElement(root, "author"), "name", "Certmark")
    for entry in feed.entries:
        _add(ET.SubElement(root, "entry"), entry, absolute)
    content: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return content + b"\n"


def _add(element: ET.Element, entry: FeedEntry, absolute: Callable[[str], str]) -> None:
    _put(element, "id", absolute(entry.id) if entry.id.startswith("/") else entry.id)
    _put(element, "title", entry.title)
    _put(element, "updated", _moment(entry.updated))
    ET.SubElement(element, "link", rel="alternate", type="text/html", href=absolute(entry.address))
    if entry.summary:
        _put(element, "summary", entry.summary)
    if entry.author:
        _put(ET.SubElement(element, "author"), "name", entry.author)


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = plain(text)


def _moment(microseconds: int) -> str:
    return dt.datetime.fromtimestamp(microseconds // 10**6, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
