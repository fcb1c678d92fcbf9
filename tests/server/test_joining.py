"""Who came from RefStack has what was theirs there, once they prove a key that they had; the office does it by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.asking import EVERYTHING, OPERATOR, Asker
from certmark.server.openid.errors import NotBelieved
from certmark.server.services import accounts, joining, keys, members, people, runs, tokens, vendors
from certmark.server.services.accounts import known, name_of
from certmark.server.services.errors import NotFound
from certmark.server.services.runs import AboutRun
from certmark.server.store import audit, membership
from certmark.server.store import keys as stored_keys
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.keys import StoredKey
from certmark.server.store.people import KEPT, MOVED
from certmark.trust.keys.keys import public_from_line
from support.signed_in import Site, site
from support.ssh_proofs import signature_of

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
STAYS = {
    *("tokens.identity", "offices.identity", "acceptances.identity", "accounts.identity", "sessions.identity"),
    *("devices.identity", "challenges.identity", "publishers.identity", "members.identity"),
    *("votes.identity", "nominations.identity", "questionnaire_answers.identity", "notice_choices.identity"),
    *("reviewers.identity", "certification_events.identity"),
}
"""What is not moved as it is: members are moved one by one, the rest lets the old account in or is its own word."""


@pytest.fixture(scope="module")
def here(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), {}, database_url=module_url) as found:
        yield found


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "rsa", "-b", "2048", "-f", str(file)], check=True, timeout=60)
    return file


def account(here: Site, issuer: str, subject: str) -> Asker:
    with here.services.database.write() as transaction:
        person = StoredAccount(b"", issuer, subject, subject, None, 0, 0)
        return Asker(known(here.services, transaction, person, OPERATOR).identity, name_of(issuer, subject), EVERYTHING)


def sent(here: Site, asker: Asker, folder: Path) -> bytes:
    file = folder / "r.xml"
    file.write_bytes(RESULTS)
    return runs.receive(here.services, asker, file, AboutRun(name="r.xml", key="k")).id


def asked(here: Site, who: Any, key: Path, path: str = "/account/takeover", **other: str) -> Any:
    challenge = here.ask(who, "POST", "/account/challenges").json()["challenge"]
    line, signature = key.with_suffix(".pub").read_text(), signature_of(key, challenge)
    body = {"key": line, "challenge": challenge, "signature": signature, **other}
    return here.ask(who, "POST", path, json=body)


def test_every_column_that_names_a_person_says_whether_it_is_moved() -> None:
    assert set(KEPT) == MOVED | STAYS
    assert not MOVED & STAYS


def test_who_proves_a_key_of_an_account_of_refstack_has_what_was_its(here: Site, key: Path, tmp_path: Path) -> None:
    services, zoe = here.services, here.signed_in("zoe")
    new = ids.read(here.ask(zoe, "GET", "/account").json()["id"])
    old = account(here, "refstack", "https://id.example.org/zoe")
    assert asked(here, zoe, key).status_code == 404
    line = key.with_suffix(".pub").read_text()
    with services.database.write() as transaction:  # as an import does
        digest = keys.digest_of(public_from_line(line))
        stored_keys.add(transaction, StoredKey(digest, old.identity or b"", line, keys.OLD, 1))
    assert "take that account over" in asked(here, zoe, key, path="/account/keys").text
    vendor, run = vendors.register(services, old, "Zoe's", "").row.id, sent(here, old, tmp_path)
    assert asked(here, zoe, key, signature=signature_of(key, "signature")).status_code == 422
    assert here.ask(zoe, "GET", f"/runs/{ids.written(run)}").status_code == 404
    answer = asked(here, zoe, key)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"issuer": "refstack", "subject": "https://id.example.org/zoe"}
    assert here.ask(zoe, "GET", f"/runs/{ids.written(run)}").status_code == 200
    (member,) = members.listed(services, Asker(new, "zoe", EVERYTHING), vendor)
    assert (member.identity, member.roles) == (new, frozenset({Role.MEMBER, Role.ADMINISTRATOR}))
    assert keys.owner_of(services, public_from_line(key.with_suffix(".pub").read_text())) == new
    assert asked(here, zoe, key).status_code == 404
    with services.database.read() as transaction:
        (entry,) = [one for one in audit.entries(transaction, 50) if one.action == "account.join"]
    assert (entry.name, entry.subject) == ("zoe", f"{ids.written(old.identity or b'')} to {ids.written(new)}")
    assert account(here, "refstack", "https://id.example.org/zoe").identity == new, "of what is imported once more"
    kept = people.own_data(services, Asker(new, "zoe", EVERYTHING))[1]
    assert kept["joined.identity"][0]["subject"] == "https://id.example.org/zoe"


def test_a_key_of_somebody_who_signs_in_takes_nothing_over(here: Site, key: Path) -> None:
    eve = here.signed_in("eve")
    assert asked(here, eve, key).status_code == 404, "it is zoe's by now, or nobody's"


def test_the_office_joins_accounts_by_hand_and_the_old_one_lets_nobody_in(here: Site, tmp_path: Path) -> None:
    services = here.services
    old, new = (account(here, issuer, "carl") for issuer in ("https://one.example.org", "https://two.example.org"))
    assert old.identity is not None
    assert new.identity is not None
    text = tokens.make(services, old, "", tokens.A_DAY, tokens.MAY)[0]
    vendor = vendors.register(services, old, "Carl's", "").row.id
    word = members.invite(services, old, vendor, is_administrator=False, days=1).word
    members.accept(services, new, word)
    first, second = sent(here, old, tmp_path), sent(here, new, tmp_path)
    for names in ((old.name, old.name), (old.name, "nobody"), ("nobody", new.name)):
        with pytest.raises(Exception, match="account"):
            joining.join(services, *names)
    joining.join(services, old.name, new.name)
    assert here.by_token(text).status_code == 401
    assert {runs.show(services, new, one)[0].owner for one in (first, second)} == {new.identity}
    with services.database.read() as transaction:
        assert [(one.identity, one.roles) for one in membership.of(transaction, vendor)] == [
            (new.identity, frozenset({Role.MEMBER, Role.ADMINISTRATOR}))
        ]
    assert old.name not in {name_of(one.issuer, one.subject) for one in accounts.every(services)}
    person = StoredAccount(b"", "https://one.example.org", "carl", "", None, 0, 0)
    with services.database.write() as transaction, pytest.raises(NotBelieved, match="joined with another"):
        known(services, transaction, person, None)
    with pytest.raises(NotFound):
        joining.join(services, old.name, new.name)
