"""Tokens and sessions: shown once, good for what they say, over when they are over, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from certmark.server.services import accounts
from certmark.server.services.errors import NotFound
from certmark.server.services.tokens import A_DAY
from certmark.server.store.database import Transaction
from support.openid_providers import Browser
from support.signed_in import Site, site

pytestmark = pytest.mark.enable_socket
NOBODYS = "01a22378-0009-737a-9629-c1bee3400d61"
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'


@pytest.fixture(scope="module")
def one_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), {"uploads_per_minute": "1000"}) as found:
        yield found


@pytest.fixture
def here(one_site: Site) -> Iterator[Site]:
    yield one_site
    one_site.clock.ahead = 0


def made(here: Site, browser: Browser, **more: Any) -> dict[str, Any]:
    answer = here.ask(browser, "POST", "/account/tokens", json={"label": "nightly", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_token_is_shown_once_and_kept_as_a_digest(here: Site) -> None:
    ada = here.signed_in("ada")
    token = made(here, ada)
    assert token["token"].startswith("cmk_")
    assert token["token"] not in here.ask(ada, "GET", "/account/tokens").text
    with here.services.database.read() as transaction:
        kept = str(transaction.connection.execute("select * from tokens").fetchall())
    assert token["token"] not in kept
    assert here.by_token(token["token"]).json()["name"] == "ada"


def test_a_token_is_good_for_its_scopes_and_never_for_the_account(here: Site) -> None:
    ada = here.signed_in("ada")
    reader, both = made(here, ada, scopes=["read"])["token"], made(here, ada)["token"]
    upload = {"params": {"name": "r.xml"}, "data": RESULTS}
    assert here.by_token(reader, "/runs", "POST", **upload).status_code == 403
    assert here.by_token(both, "/runs", "POST", **upload).status_code == 201
    for token in (reader, both):
        assert here.by_token(token, "/account").status_code == 200
        for path in ("/account/tokens", "/account/sessions"):
            assert here.by_token(token, path).status_code == 403
        assert here.by_token(token, "/account/tokens", "POST", json={"label": ""}).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"scopes": ["account"]}, {"scopes": []}, {"days": 0}, {"days": 4000}, {"label": "a\nb"}, {"owner": "x"}]
)
def test_a_token_that_there_cannot_be_is_refused(here: Site, wrong: dict[str, Any]) -> None:
    answer = here.ask(here.signed_in("ada"), "POST", "/account/tokens", json={"label": "x", **wrong})
    assert answer.status_code == 400


def test_an_expired_token_is_refused_in_one_sentence_and_noted_once_a_day(here: Site) -> None:
    token = made(here, here.signed_in("ada"), days=1)
    here.clock.ahead = 86_401
    for _ in range(3):
        answer = here.by_token(token["token"])
        assert answer.status_code == 401
        assert "has ended" in answer.json()["detail"]
    entry = f"token.refused {token['about']['id']}"
    assert here.audit().count(entry) == 1
    here.clock.ahead = 3 * 86_400
    here.by_token(token["token"])
    assert here.audit().count(entry) == 2


def test_a_token_that_was_revoked_ends_with_the_next_request(here: Site) -> None:
    ada = here.signed_in("ada")
    token = made(here, ada)
    assert here.ask(ada, "DELETE", f"/account/tokens/{token['about']['id']}").status_code == 204
    assert here.by_token(token["token"]).status_code == 401
    assert token["about"]["id"] not in here.ask(ada, "GET", "/account/tokens").text


def test_nobody_sees_or_ends_what_is_somebody_elses(here: Site) -> None:
    ada, bob = here.signed_in("ada"), here.signed_in("bob")
    token = made(here, ada)
    session = here.ask(ada, "GET", "/account/sessions").json()["sessions"][0]["id"]
    assert token["about"]["id"] not in here.ask(bob, "GET", "/account/tokens").text
    assert session not in here.ask(bob, "GET", "/account/sessions").text
    for path in (f"tokens/{token['about']['id']}", f"sessions/{session}", f"tokens/{'0' * 64}", f"sessions/{NOBODYS}"):
        answer = here.ask(bob, "DELETE", f"/account/{path}")
        assert answer.status_code == 404
    assert here.by_token(token["token"]).status_code == 200


def test_the_last_use_is_known_to_some_minutes(here: Site) -> None:
    ada = here.signed_in("ada")
    token = made(here, ada)

    def used() -> Any:
        listed = here.ask(ada, "GET", "/account/tokens").json()["tokens"]
        return next(one["used"] for one in listed if one["id"] == token["about"]["id"])

    assert used() is None
    here.by_token(token["token"])
    first = used()
    here.by_token(token["token"])
    assert used() == first
    here.clock.ahead = 600
    here.by_token(token["token"])
    assert used() > first


def test_a_stolen_cookie_is_worth_nothing_once_its_owner_ends_the_session(here: Site) -> None:
    ada, thief = here.signed_in("ada"), Browser()
    stolen = ada.cookies(here.url)
    thief.keep(here.url, stolen)
    assert thief.get(f"{here.url}/api/v2/account").json()["name"] == "ada"
    again = here.signed_in("ada")
    for one in here.ask(again, "GET", "/account/sessions").json()["sessions"][1:]:
        assert here.ask(again, "DELETE", f"/account/sessions/{one['id']}").status_code == 204
    for _ in range(2):
        answer = thief.get(f"{here.url}/api/v2/account")
        assert answer.status_code == 401
        assert answer.json()["detail"] == "your session has ended; sign in again"
    assert here.audit()[-1].startswith("session.refused")
    assert not here.audit()[-2].startswith("session.refused")
    assert here.ask(again, "GET", "/account").status_code == 200


def test_brute_force_who_guesses_must_wait(tmp_path_factory: pytest.TempPathFactory) -> None:
    with site(tmp_path_factory.mktemp("guessed"), {"uploads_per_minute": "5"}) as here:
        token = made(here, here.signed_in("ada"))["token"]
        found = [here.by_token(f"cmk_{number:046d}").status_code for number in range(8)]
        assert found == [401] * 5 + [429] * 3
        answer = requests.get(f"{here.url}/api/v2/runs", cookies={"certmark-session": "guessed"}, timeout=60)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert here.audit().count("secret.guessed 127.0.0.1") == 1
        # Whoever has a token is not locked out by those who guess.
        assert here.by_token(token).status_code == 200


def test_timing_a_secret_is_looked_up_by_its_digest_and_never_compared(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = here.signed_in("ada")
    secrets = [made(here, ada)["token"], ada.cookies(here.url)["certmark-session"]]
    asked: list[str] = []
    before = Transaction.run

    def run(self: Transaction, statement: Any, /, **values: Any) -> Any:
        asked.append(f"{statement.name} {values}")
        return before(self, statement, **values)

    monkeypatch.setattr(Transaction, "run", run)
    assert here.by_token(secrets[0]).status_code == 200
    assert ada.get(f"{here.url}/api/v2/account").status_code == 200
    looked = "\n".join(asked)
    assert "tokens.one" in looked
    assert "sessions.one" in looked
    assert [secret for secret in secrets if secret in looked] == []


def test_a_token_beside_a_cookie_is_who_asks(here: Site) -> None:
    bob = made(here, here.signed_in("bob"))["token"]
    ada = here.signed_in("ada")
    answer = ada.get(f"{here.url}/api/v2/account", headers={"Authorization": f"Bearer {bob}"})
    assert answer.json()["name"] == "bob"
    answer = ada.get(f"{here.url}/api/v2/account", headers={"Authorization": "Basic YTpi"})
    assert answer.status_code == 401


def test_one_has_a_hundred_tokens_at_most(here: Site) -> None:
    carl = here.signed_in("carl")
    for _ in range(100):
        made(here, carl)
    answer = here.ask(carl, "POST", "/account/tokens", json={"label": "x"})
    assert answer.status_code == 403
    here.clock.ahead = 91 * A_DAY // 1_000_000
    carl = here.signed_in("carl")
    made(here, carl)


def test_the_operator_ends_everything_that_stands_for_somebody(here: Site) -> None:
    dora = here.signed_in("dora")
    token = made(here, dora)["token"]
    assert accounts.sign_out(here.services, "dora") == (1, 1, 0)
    assert here.by_token(token).status_code == 401
    assert here.ask(dora, "GET", "/account").status_code == 401
    assert here.ask(here.signed_in("dora"), "GET", "/account").status_code == 200
    with pytest.raises(NotFound):
        accounts.sign_out(here.services, "nobody")
