"""How a sandbox does."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.reporting.blocks import Block, Cell, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View
from certmark.sandbox.lifecycle import ServiceStatus, Status

_MIB = 1 << 20
_COLUMNS = ("service", "state", "process", "port", "memory")


class SandboxView(View):
    """The services of a sandbox, and a sentence on the whole."""

    def __init__(self, status: Status) -> None:
        self.title = f"Sandbox {status.profile}"
        self._status = status

    def blocks(self) -> Iterable[Block]:
        """The whole first."""
        found = self._status
        where = f"The {found.profile} sandbox in {found.folder} is"
        if found.is_up:
            memory = sum(service.memory for service in found.services)
            yield Sentence(f"{where} up, {memory // _MIB} MiB of memory.", Tone.GOOD)
        else:
            yield Sentence(f"{where} not up.", Tone.BAD)
        yield Table(_COLUMNS, tuple(_row(service) for service in found.services))
        if found.broken:
            yield Sentence(f"Broken on purpose: {', '.join(found.broken)}.", Tone.GAP)
        if found.unfinished:
            yield Sentence(f"Not done yet: {', '.join(found.unfinished)}.", Tone.BAD)

    def document(self) -> Document:
        """`memory` is in bytes; `pid` is null where a service does not run."""
        found = self._status
        body = {
            "profile": found.profile,
            "folder": str(found.folder),
            "is_up": found.is_up,
            "services": [
                {
                    "name": service.name,
                    "pid": service.pid,
                    "ports": list(service.ports),
                    "answers": service.answers,
                    "memory": service.memory,
                    "broken": service.broken,
                }
                for service in found.services
            ],
            "unfinished": list(found.unfinished),
            "broken": list(found.broken),
        }
        return Document("certmark-sandbox", 1, body)


def _row(service: ServiceStatus) -> tuple[Cell, ...]:
    return (
        Cell(service.name),
        _state(service),
        Cell("" if service.pid is None else str(service.pid)),
        Cell(", ".join(map(str, service.ports))),
        Cell(f"{service.memory // _MIB} MiB" if service.memory else ""),
    )


def _state(service: ServiceStatus) -> Cell:
    if service.pid is None:
        return Cell("stopped on purpose", Tone.GAP) if service.broken else Cell("does not run", Tone.BAD)
    return Cell("answers", Tone.GOOD) if service.answers else Cell("runs but does not answer", Tone.BAD)
