"""The template engine as all pages use it: what is foreign is escaped and printable, nothing is undefined."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block
from certmark.reporting.text import plain_lines
from certmark.version import __version__

_TEMPLATES = Path(__file__).parent / "templates"


def page_environment() -> Environment:
    """The templates of all pages."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
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
    return render_page(
        "page.html.j2", title, blocks=[{"kind": type(block).__name__, **block._asdict()} for block in blocks]
    )


def render_page(template: str, title: str, **values: object) -> bytes:
    """The page that `template` makes of `values`; it extends `page.html.j2`. UTF-8, with a newline at the end."""
    page = page_environment().get_template(template).render(title=title, evaluator=__version__, **values)
    return f"{page}\n".encode()
