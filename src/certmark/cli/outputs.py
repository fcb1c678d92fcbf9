"""Which reports go where: `--format` and `-o`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.reporting.views import Form

_ENDINGS = {
    ".txt": Form.TEXT,
    ".json": Form.JSON,
    ".xml": Form.JUNIT,
    ".html": Form.HTML,
    ".htm": Form.HTML,
    ".md": Form.MARKDOWN,
    ".sarif": Form.SARIF,
    ".csv": Form.CSV,
}


class Output(NamedTuple):
    """A report to write."""

    form: Form
    path: str | None
    """None: standard output."""


def outputs_of(formats: Sequence[str], paths: Sequence[str], known: Sequence[Form] = tuple(Form)) -> list[Output]:
    """What `--format` and `-o` ask for, of the forms that are `known` to the verb.

    Formats go to the files in their order; a file without a format is told by its ending; a
    format without a file goes to standard output, which gets text when no format is named at all.
    Raises InvalidRequest.
    """
    forms = [Form(word) for word in formats]
    outputs = [Output(forms[number], path) for number, path in enumerate(paths[: len(forms)])]
    outputs += [Output(_by_ending(path, known), path) for path in paths[len(forms) :]]
    rest = list(dict.fromkeys(forms[len(paths) :]))
    if len(rest) > 1:
        raise InvalidRequest(f"only one format goes to standard output; name a file with -o for {rest[0].value}")
    if not forms:
        rest = [Form.TEXT]
    return [*outputs, *(Output(form, None) for form in rest)]


def _by_ending(path: str, known: Sequence[Form]) -> Form:
    form = _ENDINGS.get(Path(path).suffix.lower())
    if form is None or form not in known:
        endings = ", ".join(ending for ending, form in _ENDINGS.items() if form in known)
        raise InvalidRequest(f"the ending of {path} tells no format; use {endings}, or --format before -o")
    return form
