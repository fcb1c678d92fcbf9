"""What every service needs of the server: database, evidence, readers, clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.domain.certification.rulebooks import Programme
from certmark.domain.permissions import DEFAULT_RULES, AccessRules
from certmark.formats.rulebooks import shipped_programmes
from certmark.server.reading.pool import ReaderPool
from certmark.server.services.issuers import Issuers
from certmark.server.services.limits import Quotas
from certmark.server.services.sealed import Sealed
from certmark.server.settings import Settings
from certmark.server.store.database import Database
from certmark.server.store.dictionary import Dictionary
from certmark.server.store.evidence import EvidenceStore
from certmark.server.store.packing import Packer

if TYPE_CHECKING:
    from certmark.server.services.shared_history import SharedHistory

_ONE_AT_A_TIME = threading.Lock()
"""For what is made when somebody asks for it first."""


@dataclass(frozen=True)
class Services:
    """One server, whatever its database is."""

    settings: Settings
    database: Database
    evidence: EvidenceStore
    dictionary: Dictionary
    packer: Packer
    readers: ReaderPool
    guidelines: Path
    """A folder with a file for each revision that was judged by, called by its digest; a cache."""
    scratch: Path
    """A folder for files of a moment (`server.scratch`)."""
    rules: AccessRules = DEFAULT_RULES
    """Which roles have which right."""
    quotas: Quotas = field(default_factory=Quotas)
    programmes: tuple[Programme, ...] = field(default_factory=shipped_programmes)
    """Those that certify here; last the one to which the guidelines of nobody else belong."""
    sealed: Sealed = field(default_factory=Sealed)
    """What was made of bytes that never change."""
    clock: Callable[[], int] = lambda: time.time_ns() // 1000
    """Microseconds since 1970."""
    issuers: Issuers = field(default_factory=Issuers)
    """Of tokens: providers with which people sign in, and CIs."""

    @property
    def history(self) -> SharedHistory:
        """The history of shared runs, one for all who ask in this process; made when somebody asks first."""
        with _ONE_AT_A_TIME:
            found: SharedHistory | None = self.__dict__.get("_history")
            if found is None:
                from certmark.server.services.shared_history import SharedHistory  # a door: numpy

                found = self.__dict__["_history"] = SharedHistory(self)
            return found
