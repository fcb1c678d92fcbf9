"""What comes out of a verb, where it goes (`--format` and `-o`), and how much is said beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from certmark.cli.options import option
from certmark.domain.errors import InvalidRequest
from certmark.reporting.views import Form

VERDICT_FORMS = (Form.TEXT, Form.JSON, Form.JUNIT, Form.HTML, Form.MARKDOWN, Form.GITHUB)
JUDGE_FORMS = (*VERDICT_FORMS, Form.SCS)
PEOPLE_FORMS = (Form.TEXT, Form.JSON, Form.HTML, Form.MARKDOWN)


def format_option(forms: tuple[Form, ...], group: str | None = None) -> tuple[str, ...]:
    """The field `--format` of a verb that has these `forms`."""
    words = tuple(form.value for form in forms)
    text = f"{', '.join(words)}: of standard output or of the next -o"
    found: tuple[str, ...] = option(
        "--format", "-f", action="append", choices=words, metavar="FORM", help=text, group=group
    )
    return found


@dataclass(frozen=True, kw_only=True)
class QuietOption:
    """Whether remarks are kept back."""

    quiet: bool = option("--quiet", "-q", action="store_true", help="no remarks; of a verdict its sentence only")


@dataclass(frozen=True, kw_only=True)
class JsonOption(QuietOption):
    """For verbs that show one thing."""

    json: bool = option("--json", action="store_true", help="for machines: one JSON object on standard output")


@dataclass(frozen=True, kw_only=True)
class PageOptions(QuietOption):
    """For verbs that write one page; `format` is the verb's own field, made by `format_option`."""

    format: tuple[str, ...] = format_option(PEOPLE_FORMS)
    output: tuple[str, ...] = option(
        "--output", "-o", action="append", metavar="FILE", help="write a report; the ending tells its form"
    )
    json: bool = option("--json", action="store_true", help="the same as --format json")

    def outputs(self, known: tuple[Form, ...] = PEOPLE_FORMS) -> list[Output]:
        """Where the reports go. Raises InvalidRequest."""
        return outputs_of([*self.format, *(["json"] if self.json else [])], self.output, known)


@dataclass(frozen=True, kw_only=True)
class ReportOptions(PageOptions):
    """For verbs that write reports with long lists."""

    full: bool = option("--full", action="store_true", help="list everything, also what passes")


_ENDINGS = {
    ".txt": Form.TEXT,
    ".json": Form.JSON,
    ".xml": Form.JUNIT,
    ".html": Form.HTML,
    ".htm": Form.HTML,
    ".md": Form.MARKDOWN,
    ".sarif": Form.SARIF,
    ".csv": Form.CSV,
    ".yaml": Form.SCS,
    ".yml": Form.SCS,
}


class Output(NamedTuple):
    """A report to write."""

    form: Form
    path: str | None
    """None: standard output."""


def outputs_of(formats: Sequence[str], paths: Sequence[str], known: Sequence[Form] = tuple(Form)) -> list[Output]:
    """What `--format` and `-o` ask for, of the forms that are `known` to the verb.

    Formats go to the files in their order; a file without a format is told by its ending; a
    format without a file goes to standard output, which gets text when none is left for it: files are
    written as well, never instead.
    Raises InvalidRequest.
    """
    forms = [Form(word) for word in formats]
    outputs = [Output(forms[number], path) for number, path in enumerate(paths[: len(forms)])]
    outputs += [Output(_by_ending(path, known), path) for path in paths[len(forms) :]]
    rest = list(dict.fromkeys(forms[len(paths) :]))
    if len(rest) > 1:
        raise InvalidRequest(f"only one format goes to standard output; name a file with -o for {rest[0].value}")
    outputs.append(Output(rest[0] if rest else Form.TEXT, None))
    strange = next((output.form for output in outputs if output.form not in known), None)
    if strange is not None:
        raise InvalidRequest(f"this is not written as {strange.value}; take {', '.join(form.value for form in known)}")
    return outputs


def _by_ending(path: str, known: Sequence[Form]) -> Form:
    form = _ENDINGS.get(f".{path.rpartition('.')[2].lower()}")
    if form is None or form not in known:
        endings = ", ".join(ending for ending, form in _ENDINGS.items() if form in known)
        raise InvalidRequest(f"the ending of {path} tells no format; use {endings}, or --format before -o")
    return form
