"""The template engine of the site: that of all pages (`reporting.pages`), with addresses and our own files."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.domain.phrases import counted
from certmark.reporting.marks import mark_of
from certmark.server.services.sessions import form_token
from certmark.server.web.notices import DONE
from certmark.server.web.requests import PageRequest
from certmark.server.web.static_files import files
from certmark.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def rendered(template: str, asked: PageRequest, **values: object) -> bytes:
    """The page that `template` makes of `values`, for whoever asked; UTF-8."""
    page = (
        _environment()
        .get_template(template)
        .render(
            **values,
            url=asked.url,
            here=asked.here,
            absolute=asked.absolute,
            asked=asked,
            form_token=lambda page: form_token(page.session) if page.session else "",
            done_words=DONE,
            static=lambda name: asked.url(files().address(name)),
        )
    )
    return f"{page}\n".encode()


@cache
def _environment() -> Environment:
    from jinja2 import ChoiceLoader, FileSystemLoader

    from certmark.reporting.pages import page_environment

    base = page_environment()
    found = base.overlay(loader=ChoiceLoader([FileSystemLoader(_TEMPLATES), base.loader or FileSystemLoader([])]))
    found.globals = {**base.globals, "mark_of": mark_of, "version": __version__}
    more = {"moment": moment, "iso": iso, "thousands": "{:,}".format, "pairs": _same, "number": _counted}
    found.filters = {**base.filters, **more}
    return found


def _same(word: str) -> tuple[str, str]:
    """A choice that is called by its own word."""
    return word, word


def _counted(count: int, noun: str, plural: str = "") -> str:
    """As on every page, with a comma where a number is long."""
    return counted(count, noun, plural).replace(str(count), f"{count:,}", 1)


def moment(microseconds: int) -> str:
    """A moment for people, in UTC: `2026-11-29 05:40`."""
    return _time(microseconds).strftime("%Y-%m-%d %H:%M")


def iso(microseconds: int) -> str:
    """A moment for programs (RFC 3339)."""
    return _time(microseconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(microseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(microseconds // 10**6, dt.UTC)
