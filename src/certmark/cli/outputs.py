"""Which reports go where: `--format` and `-o`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from certmark.domain.errors import UsageProblem

FORMATS = ("text", "json", "junit", "html", "markdown")
_ENDINGS = {".txt": "text", ".json": "json", ".xml": "junit", ".html": "html", ".htm": "html", ".md": "markdown"}


class Output(NamedTuple):
    """A report to write."""

    format: str
    path: str | None
    """None: standard output."""

    @property
    def needs_digests(self) -> bool:
        """Whether the report names the digests of the evidence."""
        from certmark.reporting.verdict.forms import WITH_DIGESTS

        return self.format in WITH_DIGESTS


def outputs_of(formats: Sequence[str], paths: Sequence[str]) -> list[Output]:
    """What `--format` and `-o` ask for.

    Formats go to the files in their order; a file without a format is told by its ending; a
    format without a file goes to standard output, which gets text when no format is named at all.
    Raises UsageProblem.
    """
    outputs = [Output(formats[number], path) for number, path in enumerate(paths[: len(formats)])]
    outputs += [Output(_by_ending(path), path) for path in paths[len(formats) :]]
    rest = list(dict.fromkeys(formats[len(paths) :]))
    if len(rest) > 1:
        raise UsageProblem(f"only one format goes to standard output; name a file with -o for {rest[0]}")
    if not formats:
        rest = ["text"]
    return [*outputs, *(Output(format_, None) for format_ in rest)]


def write_file(path: str, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all."""
    partial = f"{path}.{os.getpid()}.partial"
    try:
        with open(partial, "wb") as file:
            file.write(content)
        os.replace(partial, path)
    except OSError as error:
        raise UsageProblem(f"{path} cannot be written: {error.strerror}") from error


def _by_ending(path: str) -> str:
    known = _ENDINGS.get(os.path.splitext(path)[1].lower())
    if known is None:
        raise UsageProblem(f"the ending of {path} tells no format; use {', '.join(_ENDINGS)}, or --format before -o")
    return known
