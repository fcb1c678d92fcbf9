"""The register of many certificates: its first page, one programme's, a search that finds nothing, one certificate.

    python benchmarks/register.py [CERTIFICATES]

On a real SQLite database; one certificate is granted by the services, the others are its copies with numbers of their
own. Printed: CPU milliseconds of each question, the best of five, with few certificates and with all of them. What
people use today is a page that an editor writes by hand, so that there is no other figure.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from certmark.server import ids
from certmark.server.asking import STRANGER
from certmark.server.opening import create, services_of
from certmark.server.services.certification import certificates, freshness, register
from certmark.server.services.certification.register import RegisterFilter
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store.certification.certificates import TABLE, CertificateRow
from certmark.server.store.certification.dossiers import LAST
from support.certification import CertificationScene

PAGE = 50


def best(act: Callable[[], object]) -> float:
    """CPU milliseconds."""
    found = []
    for _ in range(5):
        began = time.process_time()
        act()
        found.append(time.process_time() - began)
    return min(found) * 1000


def page(services: Services, wanted: RegisterFilter) -> None:
    """What a page asks."""
    part = register.listed(services, STRANGER, wanted, LAST, PAGE)
    freshness.last_passes(services, [one.row for one in part.entries])


def copies(services: Services, one: CertificateRow, first: int, last: int) -> None:
    """More certificates, each a moment later."""
    with services.database.write() as transaction:
        for number in range(first, last):
            moment = one.created + number
            copy = one._replace(id=ids.new_id(moment), number=f"IC-2026-{number:06}", created=moment, since=moment)
            TABLE.add(transaction, copy)


def main(most: int) -> None:
    """Ask with few, and with all."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(None, {}, data=str(Path(folder, "server")))
        create(settings)
        with services_of(settings) as opened:
            scene = CertificationScene(opened, Path(folder))
            services, row = scene.services, scene.certificate().row
            there = 2
            for count in (100, most):
                copies(services, row, there, count + 1)
                there = count + 1
                questions: dict[str, Callable[[], object]] = {
                    "first page": lambda: page(services, RegisterFilter()),
                    "one programme's": lambda: page(services, RegisterFilter(programme=row.programme)),
                    "finds nothing": lambda: page(services, RegisterFilter(text="nobody")),
                    "one certificate": lambda: certificates.by_number(services, STRANGER, "IC-2026-000042"),
                }
                for name, act in questions.items():
                    print(f"{count:>7} certificates  {name:<16} {best(act):7.2f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
