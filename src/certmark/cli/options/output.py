"""What comes out of a verb, and how much is said beside it."""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.options import option
from certmark.cli.outputs import Output, outputs_of
from certmark.reporting.views import Form

VERDICT_FORMS = (Form.TEXT, Form.JSON, Form.JUNIT, Form.HTML, Form.MARKDOWN)
PEOPLE_FORMS = (Form.TEXT, Form.JSON, Form.HTML, Form.MARKDOWN)


def format_option(forms: tuple[Form, ...], group: str | None = None) -> tuple[str, ...]:
    """The field `--format` of a verb that has these `forms`."""
    words = tuple(form.value for form in forms)
    text = "of standard output or of the next -o"
    found: tuple[str, ...] = option("--format", "-f", action="append", choices=words, help=text, group=group)
    return found


@dataclass(frozen=True, kw_only=True)
class QuietOption:
    """Whether remarks are kept back."""

    quiet: bool = option("--quiet", "-q", action="store_true", help="no remarks")


@dataclass(frozen=True, kw_only=True)
class JsonOption(QuietOption):
    """For verbs that show one thing."""

    json: bool = option("--json", action="store_true", help="for machines: one JSON object on standard output")


@dataclass(frozen=True, kw_only=True)
class ReportOptions(QuietOption):
    """For verbs that write reports; `format` is the verb's own field, made by `format_option`."""

    format: tuple[str, ...] = format_option(PEOPLE_FORMS)
    output: tuple[str, ...] = option(
        "--output", "-o", action="append", metavar="FILE", help="write a report; the ending tells its form"
    )
    json: bool = option("--json", action="store_true", help="the same as --format json")
    full: bool = option("--full", action="store_true", help="list everything, also what passes")

    def outputs(self, known: tuple[Form, ...] = PEOPLE_FORMS) -> list[Output]:
        """Where the reports go. Raises InvalidRequest."""
        return outputs_of([*self.format, *(["json"] if self.json else [])], self.output, known)
