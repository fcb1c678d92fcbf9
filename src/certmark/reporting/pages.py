"""The template engine as all pages use it: what is foreign is escaped and printable, nothing is undefined."""

from __future__ import annotations

import os
from collections.abc import Iterable

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block
from certmark.reporting.plain import plain_lines
from certmark.version import __version__

_LOOKS = os.path.join(os.path.dirname(__file__), "templates")


def page_environment() -> Environment:
    """The templates of all pages."""
    environment = Environment(
        loader=FileSystemLoader(_LOOKS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: plain_lines(value) if type(value) is str else value,
    )
    environment.filters["number"] = counted
    return environment


def page_of(title: str, blocks: Iterable[Block]) -> bytes:
    """The blocks on one page that loads nothing, in UTF-8."""
    shown = [{"kind": type(block).__name__, **block._asdict()} for block in blocks]
    template = page_environment().get_template("page.html.j2")
    return template.render(title=title, blocks=shown, evaluator=__version__).encode()
