"""Cases in the database: everybody sees public ones, others the vendor, the programme and whoever opened one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import and_, bindparam, or_, text

from certmark.domain.permissions import Right
from certmark.server.asking import Asker
from certmark.server.store.access import in_programme, in_vendor
from certmark.server.store.certification.dossiers import Content, DossierTable, Filter
from certmark.server.store.schema import cases
from certmark.server.store.statements import Value


class CaseRow(NamedTuple):
    """A case as it is kept."""

    id: bytes
    number: str
    kind: str
    programme: str
    vendor: bytes | None
    product: bytes | None
    certificate: bytes | None
    application: bytes | None
    test: str | None
    state: str
    owner: str
    """Whose turn it is."""
    revision: int
    since: int
    due: int | None
    until: int | None
    """Of a waiver: the first moment at which it does not hold any more."""
    created: int
    opened_by: bytes | None
    """None: the clock."""
    is_public: bool
    content: Content


SEES_CASE = or_(
    and_(cases.c.is_public == text("1"), bindparam("open_register", type_=cases.c.is_public.type) == text("1")),
    in_vendor(cases.c.vendor, "case_roles"),
    in_programme("case_roles"),
    and_(cases.c.opened_by == bindparam("asker"), cases.c.opened_by.is_not(None)),
)
"""Of a row of `cases`."""


def case_values(asker: Asker) -> Mapping[str, Value]:
    """What SEES_CASE takes."""
    return {
        "asker": asker.identity or b"",
        "open_register": int(asker.has(Right.SEE_REGISTER)),
        "case_roles": asker.rules.bits(Right.SEE_CASE),
    }


TABLE = DossierTable(
    cases,
    CaseRow,
    SEES_CASE,
    case_values,
    (
        Filter("of_kind", cases.c.kind == bindparam("of")),
        Filter("of_vendor", cases.c.vendor == bindparam("of")),
        Filter("of_product", cases.c.product == bindparam("of")),
        Filter("of_certificate", cases.c.certificate == bindparam("of")),
        Filter("of_application", cases.c.application == bindparam("of")),
        Filter("of_test", cases.c.test == bindparam("of")),
        Filter("opened", cases.c.opened_by == bindparam("of")),
    ),
    ("noticed", "open", "in force"),
    "kind <> ''",
)
