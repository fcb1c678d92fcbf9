"""The template engine as all pages use it: what is foreign is escaped and printable, nothing is undefined."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from certmark.domain.phrases import counted, duration
from certmark.reporting.blocks import Block
from certmark.reporting.text import plain_lines
from certmark.version import __version__

_TEMPLATES = Path(__file__).parent / "templates"


@cache
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
    environment.filters["duration"] = duration
    environment.filters["with_bugs"] = with_bugs
    environment.filters["capitalize_first"] = lambda text: f"{text[:1].upper()}{text[1:]}"
    script = (_TEMPLATES / "page.js").read_text().strip()
    # Only this very script runs: the policy of the page names its digest.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {"script": Markup(script), "script_source": f"'sha256-{digest}'"}  # noqa: S704 - our own file
    return environment


@cache
def style_of_pages() -> str:
    """The style sheet of all pages, and of what pages on guidelines are made of."""
    return "".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "guidelines.css"))


_BUG = re.compile(r"\bbug ?#? ?([0-9]{5,8})\b", re.IGNORECASE)


def with_bugs(text: str) -> Markup:
    """`text`, escaped, with a link for each `bug#2147232`."""
    link = r'<a href="https://bugs.launchpad.net/bugs/\1" rel="noopener noreferrer">\g<0></a>'
    return Markup(_BUG.sub(link, str(escape(plain_lines(text)))))  # noqa: S704 - it is escaped; a bug is digits


def page_of(title: str, blocks: Iterable[Block]) -> bytes:
    """The blocks on one page that loads nothing, in UTF-8."""
    return render_page(
        "page.html.j2", title, blocks=[{"kind": type(block).__name__, **block._asdict()} for block in blocks]
    )


def render_page(template: str, title: str, **values: object) -> bytes:
    """The page that `template` makes of `values`; it extends `page.html.j2`. UTF-8, with a newline at the end."""
    page = page_environment().get_template(template).render(title=title, evaluator=__version__, **values)
    return f"{page}\n".encode()
