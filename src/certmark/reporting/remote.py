"""Runs on a server, and what would be sent to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from certmark.client.corpus import QueryAnswer
from certmark.client.values import Leaving, LiveRun, RemoteRun
from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block, Cell, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View

_TONES = {"pass": Tone.GOOD, "fail": Tone.BAD}


class LeavingView(View):
    """What would leave this machine."""

    title = "What would leave this machine"

    def __init__(self, leaving: Leaving, url: str) -> None:
        self._leaving = leaving
        self._url = url

    def blocks(self) -> Iterator[Block]:
        """The file, where it would go, and what is said of it."""
        files = ", ".join(map(str, self._leaving.files))
        yield Sentence(f"{files} ({self._leaving.size:,} bytes) would be sent to {self._url}.")
        if self._leaving.attestation is not None:
            yield Sentence(f"{self._leaving.attestation} would go along: its attestation.")
        rows = tuple((Cell(name), Cell(str(value))) for name, value in self._said().items())
        yield Table(("what is said of it", ""), rows)

    def document(self) -> Document:
        """The same for programs."""
        attestation = self._leaving.attestation
        body = {
            "files": [str(file) for file in self._leaving.files],
            "size": self._leaving.size,
            "attestation": None if attestation is None else str(attestation),
            "server": self._url,
            "about": self._said(),
        }
        return Document("certmark-submission", 1, body)

    def _said(self) -> dict[str, Any]:
        about = self._leaving.about
        said = {
            "name": about.name,
            "guideline": about.guideline,
            "program": about.program,
            "subject": about.subject,
            "vendor": about.vendor,
            "product": about.product,
            "version": about.version,
            "region": about.region,
            "public": about.is_public,
            **{f"tag {key}": value for key, value in about.tags.items()},
        }
        return {name: value for name, value in said.items() if value is not None}


class RemoteRunView(View):
    """A run on a server."""

    title = "Run on the server"

    def __init__(self, run: RemoteRun) -> None:
        self._run = run
        self.headline = run.verdict.sentence if run.verdict is not None else "not judged"

    def blocks(self) -> Iterator[Block]:
        """Its verdict, and its id."""
        run = self._run
        if run.is_waiting:
            yield Sentence("Kept; the server has not read it yet.", Tone.GAP)
        elif run.verdict is None:
            yield Sentence("Not judged: no program was named, or the server does not have the guideline.", Tone.GAP)
        else:
            yield Sentence(run.verdict.sentence, _TONES.get(run.verdict.standing, Tone.GAP))
            if run.verdict.is_partial:
                yield Sentence("It is partial: tests that the program asks for are not in it.", Tone.GAP)
        yield Sentence(f"run {run.id}")

    def document(self) -> Document:
        """As the server says it."""
        return Document("certmark-remote-run", 1, {"run": dict(self._run.document)})


class RemoteQueryView(View):
    """Shared runs on a server for which a query holds."""

    title = "Runs on the server"

    def __init__(self, answer: QueryAnswer, by: str | None) -> None:
        self._answer = answer
        self._by = by

    def blocks(self) -> Iterator[Block]:
        """How many, what they came to, how they are spread, and the newest."""
        document, runs = self._answer.document, self._answer.runs
        standings = document.get("standings") or {}
        told = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in standings.items() if number)
        yield Sentence(f"{counted(document['runs'], 'run')}{f': {told}' if told else ''}.")
        if self._answer.counts:
            rows = tuple((Cell(str(one["value"])), Cell(f"{one['runs']:,}")) for one in self._answer.counts)
            yield Table((self._by or "", "runs"), rows)
        if runs:
            yield Table(("run", "received (UTC)", "verdict", "cloud", "product"), tuple(map(_of_query, runs)))

    def document(self) -> Document:
        """As the server says it."""
        said = {name: self._answer.document[name] for name in ("query", "guideline", "program", "runs", "standings")}
        body = {**said, "counts": [dict(one) for one in self._answer.counts], "found": list(self._answer.runs)}
        return Document("certmark-remote-query", 1, body)


def _of_query(run: Mapping[str, Any]) -> tuple[Cell, ...]:
    product = "/".join(str(run[name]) for name in ("vendor", "product") if run.get(name))
    return (
        Cell(str(run["id"])),
        Cell(_minute(str(run["created"]))),
        Cell(str(run.get("standing") or "not judged")),
        Cell(str(run.get("subject") or "")),
        Cell(product),
    )


class RemoteRunsView(View):
    """Runs on a server, the newest first."""

    title = "Runs on the server"

    def __init__(self, runs: Sequence[RemoteRun], live: Sequence[LiveRun] = ()) -> None:
        self._runs = runs
        self._live = live

    def blocks(self) -> Iterator[Block]:
        """A row each."""
        if self._live:
            going = tuple((Cell(run.id), Cell(_minute(run.touched)), Cell(_progress_of(run))) for run in self._live)
            yield Table(("goes on", "last heard of (UTC)", "how far"), going)
        if not self._runs:
            yield Sentence("There is none.")
            return
        rows = tuple(
            (
                Cell(run.id),
                Cell(_minute(run.created)),
                Cell(_standing(run)),
                Cell(run.verdict.program if run.verdict is not None else ""),
                Cell(run.name),
            )
            for run in self._runs
        )
        yield Table(("run", "received (UTC)", "verdict", "program", "file"), rows)

    def document(self) -> Document:
        """As the server says it."""
        runs, live = ([dict(run.document) for run in found] for found in (self._runs, self._live))
        return Document("certmark-remote-runs", 1, {"runs": runs, "live": live})


class LiveRunView(View):
    """A run that goes on elsewhere."""

    title = "Run that goes on"

    def __init__(self, run: LiveRun) -> None:
        self._run = run
        self.headline = _progress_of(run)

    def blocks(self) -> Iterator[Block]:
        """How far it is, and what was last heard of it."""
        run = self._run
        yield Sentence(_progress_of(run), Tone.GAP if run.is_silent else Tone.QUIET)
        if run.progress is not None and run.progress.sentence:
            yield Sentence(run.progress.sentence)
        yield Sentence(f"last heard of {_minute(run.touched)} UTC; run {run.id}")

    def document(self) -> Document:
        """As the server says it."""
        return Document("certmark-remote-live", 1, {"live": dict(self._run.document)})


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _standing(run: RemoteRun) -> str:
    if run.verdict is None:
        return "cannot be read" if run.problem else "not read yet" if run.is_waiting else "not judged"
    return f"{run.verdict.standing}, partial" if run.verdict.is_partial else run.verdict.standing


def _progress_of(run: LiveRun) -> str:
    now = run.progress
    if now is None:
        return "nothing was heard of it since it began" if run.is_silent else "it begins"
    how = "ended" if now.ended else "it may have vanished" if run.is_silent else "goes on"
    return f"{how}: {now.done} of {now.planned} tests, {now.failed} failed, {now.skipped} skipped"


class RemoteResultsView(View):
    """Every test of a run on a server."""

    title = "Results on the server"

    def __init__(self, results: Sequence[Mapping[str, Any]]) -> None:
        self._results = results

    def blocks(self) -> Iterator[Block]:
        """A line each."""
        rows = tuple((Cell(str(one["outcome"])), Cell(str(one["name"]))) for one in self._results)
        yield Table(("outcome", "test"), rows)

    def document(self) -> Document:
        """As the server says it."""
        return Document("certmark-remote-results", 1, {"results": [dict(one) for one in self._results]})
