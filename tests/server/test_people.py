"""A person's data: all of it is given to them; what was theirs alone goes with them, the rest stays and names nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.domain.permissions import Role
from certmark.domain.products import ProductKind
from certmark.server import ids
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.dumps.form import READ
from certmark.server.services import accounts, claims, members, notices, people, products, runs, tokens, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, WrongState
from certmark.server.services.offices import appoint
from certmark.server.services.runs import AboutRun
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.people import KEPT, naming_columns

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'


def sent(services: Services, asker: Asker, folder: Path) -> bytes:
    file = folder / "r.xml"
    file.write_bytes(RESULTS)
    return runs.receive(services, asker, file, AboutRun(name="r.xml")).id


def test_every_column_that_names_a_person_says_what_becomes_of_it() -> None:
    assert set(naming_columns()) <= set(KEPT), "add it to store.people.KEPT"


def test_who_goes_takes_along_what_was_theirs_alone(services: Services, ada: Asker, bob: Asker, tmp_path: Path) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    product = products.add(services, ada, vendor, name="Cloud", kind=ProductKind.DISTRIBUTION, description="").row
    version = products.add_version(services, ada, product.id, "1", []).row.id
    own, given = sent(services, ada, tmp_path), sent(services, ada, tmp_path)
    claims.attach(services, ada, given, version)
    tokens.new(services, "ada", "laptop", 30)
    appoint(services, "ada", frozenset({Role.REVIEWER}), "Example")
    name, kept = people.own_data(services, ada)
    assert name == "ada"
    assert {"tokens.identity", "runs.owner", "members.identity", "offices.identity", "history"} <= set(kept)
    assert len(kept["runs.owner"]) == 2
    assert "digest" not in kept["tokens.identity"][0]
    with pytest.raises(WrongState, match="last administrator of Example"):
        people.erase(services, ada)
    word = members.invite(services, ada, vendor, is_administrator=True, days=1).word
    members.accept(services, bob, word)
    people.erase(services, ada)
    assert ada.identity is not None
    name, kept = people.own_data(services, ada)
    assert name == f"deleted {ids.written(ada.identity)}"
    assert set(kept) == {"attachments.identity", "runs.owner", "history"}
    assert [row["id"] for row in kept["runs.owner"]] == [given.hex()]
    with pytest.raises(NotFound):
        runs.show(services, ada, own)
    assert runs.show(services, bob, given)
    assert [one.name for one in members.listed(services, bob, vendor)] == ["bob"]
    past = vendors.past(services, bob, vendor, before=None, most=20)
    assert {deed.who for deed in past} == {name, "bob"}


def test_who_commits_a_company_is_released_first(services: Services, ada: Asker, bob: Asker) -> None:
    appoint(services, "bob", frozenset({Role.OFFICE}), "")
    vendor = vendors.register(services, ada, "Example", "").row.id
    assert ada.identity is not None
    members.appoint(services, bob, vendor, Role.DESIGNATE, ada.identity, reason="letter")
    with pytest.raises(WrongState, match="you commit Example"):
        people.erase(services, ada)
    members.appoint(services, bob, vendor, Role.DESIGNATE, None, reason="she goes")
    vendors.remove(services, ada, vendor, None)
    people.erase(services, ada)


def test_whoever_is_erased_is_found_by_no_name_or_address_any_more(
    services: Services, bob: Asker, tmp_path: Path
) -> None:
    with services.database.write() as transaction:
        person = StoredAccount(b"", "https://id.example", "subject-of-zoe", "Zoe Zebra", "zoe@example.org", 0, 0)
        known = accounts.known(services, transaction, person, None)
        notices.write(services, transaction, "zoe@example.org", "a subject", "a body")
    zoe = Asker(known.identity, accounts.name_of(person.issuer, person.subject), EVERYTHING)
    vendor = vendors.register(services, bob, "Example", "").row.id
    word = members.invite(services, bob, vendor, is_administrator=True, days=1).word
    members.accept(services, zoe, word)
    sent(services, zoe, tmp_path)
    tokens.new(services, zoe.name, "laptop", 30)
    people.erase(services, zoe)
    with services.database.read() as transaction:
        kept = {name: repr(transaction.run(statement)) for name, statement in READ.items()}
    words = ("subject-of-zoe", "Zoe", "zoe@example.org")
    assert [(name, word) for name, rows in kept.items() for word in words if word in rows] == []
    assert ids.written(known.identity) in kept["audit"], "who answered for what is told by a number"
