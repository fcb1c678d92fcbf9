"""Takes an application through its steps again and again, until it is killed; started by a test as a process."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from certmark.server.opening import services_of
from certmark.server.settings import read_settings
from certmark.server.store.database import Transaction
from support.certification import CertificationScene


def main(folder: str, url: str, dies_at: int) -> None:
    count, real = 0, Transaction.run

    def run(self: Transaction, statement: Any, /, **values: Any) -> Any:
        nonlocal count
        count += is_counted
        if count == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, statement, **values)

    is_counted = False
    Transaction.run = run  # type: ignore[method-assign]  # it dies at a statement
    settings = read_settings(None, {}, data=folder, database_url=url)
    with services_of(settings) as services:
        scene = CertificationScene(services, Path(folder), f"{dies_at} ")
        is_counted = True
        scene.decided()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
