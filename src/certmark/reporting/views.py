"""What is shown, whatever it is, in every form: one `render(view, form)`.

A view says what there is to be seen of one value: blocks for people, a document for programs, suites
for CI systems. Everything else follows from these: text, Markdown and a page from the blocks, JSON from
the document, JUnit XML from the suites.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:  # every start comes by here
    from certmark.formats.results.junit.suites import JUnitSuite
    from certmark.reporting.blocks import Block
    from certmark.reporting.documents import Document


class Form(Enum):
    """A form in which something is shown; the value is the word for it."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    HTML = "html"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    """https://docs.oasis-open.org/sarif/sarif/v2.1.0/"""
    GITHUB = "github"
    """Commands of a workflow, which become annotations of a change."""
    CSV = "csv"
    SHEET = "sheet"
    """A worksheet of the working group."""
    MARKS = "marks"
    """A document of marks (`formats.scores.document`)."""
    SCS = "scs"
    """A report for the compliance monitor of the Sovereign Cloud Stack (`formats.results.scs_monitor`)."""


PEOPLE = (Form.TEXT, Form.JSON, Form.HTML, Form.MARKDOWN)
"""The forms that every view has."""


class View:
    """One thing to be shown. Those who make one override what it has; `forms` says which forms there are."""

    forms: tuple[Form, ...] = PEOPLE
    title: str
    """Of the page, as plain text."""
    headline: str = ""
    """One line that says what matters, for whoever wants no more; empty: only the whole does."""

    def blocks(self) -> Iterable[Block]:
        """For people who read."""
        raise NotImplementedError

    def document(self) -> Document:
        """For programs."""
        raise NotImplementedError

    def suites(self) -> Sequence[JUnitSuite]:
        """For CI systems."""
        raise NotImplementedError

    def page(self) -> bytes:
        """For people who look: the blocks on a page, unless a view draws one of its own."""
        from certmark.reporting.pages import page_of

        return page_of(self.title, self.blocks())

    def json(self) -> bytes:
        """The document as bytes."""
        from certmark.reporting.documents import encoded

        return encoded(self.document())

    def other(self, form: Form) -> bytes:
        """A form that few views have, by itself."""
        raise NotImplementedError


def render(view: View, form: Form) -> bytes:
    """`view` in `form`, one of its `forms`; UTF-8, with a newline at the end."""
    match form:
        case Form.TEXT:
            from certmark.reporting.text import render_text

            return render_text(view.blocks()).encode()
        case Form.MARKDOWN:
            from certmark.reporting.markdown import render_markdown

            return render_markdown(view.blocks()).encode()
        case Form.HTML:
            return view.page()
        case Form.JSON:
            return view.json()
        case Form.JUNIT:
            from certmark.formats.results.junit.suites import write_suites

            return write_suites(view.title, view.suites())
        case Form.SARIF | Form.GITHUB | Form.CSV | Form.SHEET | Form.MARKS | Form.SCS:
            return view.other(form)
        case _:
            assert_never(form)
