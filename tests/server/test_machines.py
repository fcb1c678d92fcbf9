"""Machines that ask for people: programs that were let in, keys that were proven, jobs of a CI."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from certmark.server.asking import EVERYTHING, Asker
from certmark.server.services import keys
from certmark.server.services.errors import NotPermitted
from certmark.server.web.oauth import DEVICE, EXCHANGE, ID_TOKEN
from certmark.trust.keys.keys import public_from_line
from support.openid_providers import Browser, LyingProvider, form_token, lying
from support.signed_in import Site, asked, provider, site
from support.ssh_proofs import signature_of

pytestmark = pytest.mark.enable_socket
GITHUB = {"repository_id": "42", "repository_owner_id": "7"}


class World:
    """A server and the issuer of a CI."""

    def __init__(self, site: Site, ci: LyingProvider) -> None:
        self.site, self.ci = site, ci

    def oauth(self, path: str, **form: str) -> requests.Response:
        return requests.post(f"{self.site.url}/oauth/{path}", data=form, timeout=60)

    def begun(self, label: str = "laptop") -> dict[str, Any]:
        answer = self.oauth("device_authorization", client_id="certmark", label=label)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def asked(self, codes: dict[str, Any], wait: int = 5) -> requests.Response:
        self.site.clock.ahead += wait
        return self.oauth("token", grant_type=DEVICE, device_code=codes["device_code"], client_id="certmark")

    def decided(self, browser: Browser, code: str, decision: str = "yes") -> requests.Response:
        page = browser.get(f"{self.site.url}/device", params={"user_code": code})
        if page.status_code != 200:
            return page
        fields = {"form": form_token(page.text), "user_code": code, "decision": decision}
        headers = {"Sec-Fetch-Site": "same-origin"}
        return browser.ask("POST", f"{self.site.url}/device", data=fields, headers=headers)

    def publisher(self, browser: Browser, **claims: str) -> str:
        body = {"ci": "hub", "claims": {**GITHUB, **claims}, "label": "nightly"}
        answer = self.site.ask(browser, "POST", "/account/publishers", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def exchanged(self, publisher: str, token: str | None = None, **claims: Any) -> requests.Response:
        said = {
            "aud": self.site.url,
            "sub": "repo:a/b:ref",
            "event_name": "schedule",
            **GITHUB,
            **claims,
        }
        return self.oauth(
            "token",
            grant_type=EXCHANGE,
            subject_token=self.ci.signed(**said) if token is None else token,
            subject_token_type=ID_TOKEN,
            resource=publisher,
        )


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with lying() as ci:
        settings = {"ci_hub_issuer": ci.issuer, "ci_hub_kind": "github", "uploads_per_minute": "10000"}
        settings |= provider("id", ci.issuer)
        with site(tmp_path_factory.mktemp("site"), settings) as found:
            yield World(found, ci)


@pytest.fixture
def world(one_world: World) -> Iterator[World]:
    one_world.ci.reset()
    yield one_world
    one_world.site.clock.ahead = 0


def test_a_program_is_let_in_once_by_somebody_who_is_signed_in(world: World) -> None:
    ada, codes = world.site.signed_in("ada"), world.begun()
    assert world.asked(codes).json()["error"] == "authorization_pending"
    page = ada.get(codes["verification_uri_complete"]).text
    assert "laptop" in page
    assert "127.0.0.1" in page
    assert world.decided(ada, codes["user_code"]).status_code == 200
    answer = world.asked(codes)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert world.site.by_token(answer.json()["access_token"]).json()["name"] == "ada"
    assert world.asked(codes).json()["error"] == "expired_token"
    assert world.decided(ada, codes["user_code"]).status_code == 404


def test_a_program_that_was_refused_or_waited_too_long_gets_nothing(world: World) -> None:
    ada, refused, late = world.site.signed_in("ada"), world.begun(), world.begun()
    world.decided(ada, refused["user_code"], "no")
    assert world.asked(refused).json()["error"] == "access_denied"
    assert world.asked(late, 601).json()["error"] == "expired_token"
    assert world.decided(ada, late["user_code"]).status_code == 404
    assert world.oauth("token", grant_type=DEVICE, device_code="guessed").json()["error"] == "expired_token"


def test_a_program_that_asks_all_the_time_is_slowed_down(world: World) -> None:
    codes = world.begun()
    assert world.asked(codes).json()["error"] == "authorization_pending"
    assert world.asked(codes, 1).json()["error"] == "slow_down"


def test_who_is_not_signed_in_signs_in_before_they_decide(world: World) -> None:
    codes = world.begun()
    answer = Browser().get(codes["verification_uri_complete"])
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{world.site.url}/sign-in?next=%2Fdevice%3Fuser_code")


def test_what_a_program_calls_itself_is_text_on_the_page(world: World) -> None:
    codes = world.begun("<b>x</b>")
    assert "&lt;b&gt;" in world.site.signed_in("ada").get(codes["verification_uri_complete"]).text
    assert world.oauth("device_authorization", client_id="certmark", label="a\nb").status_code == 400


def test_csrf_no_page_of_another_site_lets_a_program_in(world: World) -> None:
    ada, codes = world.site.signed_in("ada"), world.begun()
    fields = {"user_code": codes["user_code"], "decision": "yes"}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example.org"},
        {"Sec-Fetch-Site": "same-origin"},
    ):
        assert ada.ask("POST", f"{world.site.url}/device", data=fields, headers=headers).status_code == 403
    assert world.asked(codes).json()["error"] == "authorization_pending"


def test_brute_force_nobody_tries_many_codes(world: World) -> None:
    eve = world.site.signed_in("eve")
    form = form_token(world.site.here(eve))
    headers = {"Sec-Fetch-Site": "same-origin"}
    found = []
    for sign in "BCDFGHJKLMN":
        code = f"BCDF-GHJ{sign}"
        found.append(eve.get(f"{world.site.url}/device", params={"user_code": code}).status_code)
        fields = {"form": form, "user_code": code, "decision": "yes"}
        found.append(eve.ask("POST", f"{world.site.url}/device", data=fields, headers=headers).status_code)
    assert found == [404] * 20 + [429] * 2
    assert world.site.audit().count("secret.guessed device") == 1


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "password", "username": "a", "password": "b"},
        {"grant_type": "authorization_code", "code": "x"},
        {"grant_type": EXCHANGE},
        {"grant_type": EXCHANGE, "subject_token_type": ID_TOKEN},
        {
            "grant_type": EXCHANGE,
            "subject_token_type": ID_TOKEN,
            "subject_token": "x",
            "resource": "01a22378-0009-737a-9629-c1bee3400d61",
        },
    ],
)
def test_what_is_no_request_for_a_token_is_refused_in_oauths_words(world: World, form: dict[str, str]) -> None:
    answer = world.oauth("token", **form)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "error_description"}


@pytest.fixture(scope="module")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    made = {"ed25519": ["ed25519"], "ecdsa": ["ecdsa", "-b", "256"], "rsa": ["rsa", "-b", "2048"]}
    for name, words in made.items():
        command = ["ssh-keygen", "-q", "-N", "", "-C", "ada@laptop", "-f", str(folder / name), "-t", *words]
        subprocess.run(command, check=True, timeout=120)
    return {name: folder / name for name in made}


def added(world: World, browser: Browser, key: Path, /, **other: str) -> requests.Response:
    asked = world.site.ask(browser, "POST", "/account/challenges").json()
    body = {
        "key": key.with_suffix(".pub").read_text(),
        "challenge": asked["challenge"],
        "signature": signature_of(key, asked["challenge"]),
        **other,
    }
    return world.site.ask(browser, "POST", "/account/keys", json=body)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_key_is_whose_who_signs_a_fresh_challenge_with_it(
    world: World, key_files: dict[str, Path], kind: str
) -> None:
    ada, bob = world.site.signed_in("ada"), world.site.signed_in("bob")
    answer = added(world, ada, key_files[kind])
    assert answer.status_code == 201, answer.text
    key = public_from_line(key_files[kind].with_suffix(".pub").read_text())
    whose = world.site.ask(ada, "GET", "/account").json()["id"].replace("-", "")
    owner = keys.owner_of(world.site.services, key)
    assert owner is not None
    assert owner.hex() == whose
    assert added(world, bob, key_files[kind]).status_code == 403
    assert world.site.ask(bob, "DELETE", f"/account/keys/{answer.json()['id']}").status_code == 404
    assert world.site.ask(ada, "GET", "/account/keys").json()["keys"][0]["is_proven"]
    assert world.site.ask(ada, "DELETE", f"/account/keys/{answer.json()['id']}").status_code == 204
    assert keys.owner_of(world.site.services, key) is None


def test_a_proof_holds_for_one_challenge_one_person_and_nothing_else(world: World, key_files: dict[str, Path]) -> None:
    ada, bob, key = world.site.signed_in("ada"), world.site.signed_in("bob"), key_files["ed25519"]
    mine = world.site.ask(ada, "POST", "/account/challenges").json()["challenge"]
    good = signature_of(key, mine)
    for who, other in (
        (bob, {"challenge": mine, "signature": good}),
        (ada, {"signature": good}),
        (ada, {"signature": signature_of(key, mine, "certmark")}),
        (ada, {"challenge": "signature", "signature": signature_of(key, "signature")}),
        (ada, {"key": key_files["rsa"].with_suffix(".pub").read_text()}),
        (ada, {"signature": "x"}),
        (ada, {"key": "ssh-dss AAAA"}),
    ):
        assert added(world, who, key, **other).status_code in {403, 422}
    assert world.site.ask(ada, "GET", "/account/keys").json()["keys"] == []
    world.site.clock.ahead = 601
    assert added(world, world.site.signed_in("ada"), key, challenge=mine, signature=good).status_code == 403


def test_a_key_with_the_old_proof_sends_by_the_old_api_and_does_nothing_else(world: World) -> None:
    services = world.site.services
    ada = world.site.signed_in("ada")
    identity = bytes.fromhex(world.site.ask(ada, "GET", "/account").json()["id"].replace("-", ""))
    asker = Asker(identity, "ada", EVERYTHING)
    private = rsa.generate_private_key(65537, 2048)
    line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    proof = private.sign(b"signature", padding.PKCS1v15(), hashes.SHA256()).hex()
    keys.add_old(services, asker, line, proof)
    key = public_from_line(line)
    assert keys.owner_of(services, key) is None
    assert keys.owner_of(services, key, is_old_api=True) == identity


def test_who_proves_a_key_by_a_challenge_has_it_and_not_who_sent_an_old_proof(
    world: World, key_files: dict[str, Path]
) -> None:
    services, eve, ada = world.site.services, world.site.signed_in("eve"), world.site.signed_in("ada")
    private = load_ssh_private_key(key_files["rsa"].read_bytes(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    line = key_files["rsa"].with_suffix(".pub").read_text()
    replayed = private.sign(b"signature", padding.PKCS1v15(), hashes.SHA256()).hex()
    identities = [
        bytes.fromhex(world.site.ask(who, "GET", "/account").json()["id"].replace("-", "")) for who in (eve, ada)
    ]
    keys.add_old(services, Asker(identities[0], "eve", EVERYTHING), line, replayed)
    answer = added(world, ada, key_files["rsa"])
    assert answer.status_code == 201, answer.text
    assert keys.owner_of(services, public_from_line(line), is_old_api=True) == identities[1]
    with pytest.raises(NotPermitted):
        keys.add_old(services, Asker(identities[0], "eve", EVERYTHING), line, replayed)
    assert world.site.ask(ada, "DELETE", f"/account/keys/{answer.json()['id']}").status_code == 204


def test_a_job_gets_a_token_for_a_quarter_of_an_hour_in_the_name_of_whom_it_publishes_for(world: World) -> None:
    publisher = world.publisher(world.site.signed_in("ada"))
    answer = world.exchanged(publisher)
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_in"] == 900
    token = answer.json()["access_token"]
    assert world.site.by_token(token).json()["name"] == "ada"
    assert world.site.by_token(token, "/account/publishers").status_code == 403
    world.site.clock.ahead = 901
    assert world.site.by_token(token).status_code == 401
    assert f"publisher.exchange {publisher}" in world.site.audit()


def test_a_token_of_a_ci_is_taken_once(world: World) -> None:
    publisher = world.publisher(world.site.signed_in("ada"))
    token = world.ci.signed(aud=world.site.url, event_name="push", **GITHUB)
    assert world.exchanged(publisher, token).status_code == 200
    answer = world.exchanged(publisher, token)
    assert answer.status_code == 400
    assert "taken before" in answer.json()["error_description"]


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "issue_comment", "workflow_run", None])
def test_work_on_a_change_of_somebody_else_publishes_nothing(world: World, event: str | None) -> None:
    publisher = world.publisher(world.site.signed_in("ada"))
    answer = world.exchanged(publisher, event_name=event)
    assert answer.status_code == 400
    assert world.site.audit()[-1] == f"publisher.refused {publisher}"


@pytest.mark.parametrize(
    "claims",
    [
        {"repository_id": "43"},
        {"repository_id": None},
        {"repository_owner_id": "8"},
        {"aud": "https://elsewhere.example.org"},
        {"iss": "https://elsewhere.example.org"},
        {"exp": 1},
        {"environment": "test"},
        {"environment": None},
    ],
)
def test_a_token_that_does_not_match_in_every_claim_gets_nothing(world: World, claims: dict[str, Any]) -> None:
    publisher = world.publisher(world.site.signed_in("ada"), environment="production")
    assert world.exchanged(publisher, **{"environment": "production", **claims}).status_code == 400


def test_a_token_that_another_key_signed_gets_nothing(world: World) -> None:
    publisher = world.publisher(world.site.signed_in("ada"))
    shown = [key.as_dict(private=False) for key in world.ci.keys]
    world.ci.keys, world.ci.shown = [LyingProvider.new_key("k1")], shown
    assert world.exchanged(publisher).json()["error"] == "invalid_grant"


def test_an_issuer_that_is_away_is_said_so(world: World) -> None:
    publisher = world.publisher(world.site.signed_in("ada"))
    world.site.services.issuers.forget()
    world.ci.status = 500
    answer = world.exchanged(publisher)
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    world.site.services.issuers.forget()


def test_a_publisher_names_ids_that_nobody_else_gets(world: World) -> None:
    ada = world.site.signed_in("ada")
    for claims in ({"repository_id": "42"}, {"repository": "a/b", **GITHUB}, {**GITHUB, "actor": "ada"}, {}):
        answer = world.site.ask(ada, "POST", "/account/publishers", json={"ci": "hub", "claims": claims})
        assert answer.status_code == 400, json.dumps(claims)
    assert world.site.ask(ada, "POST", "/account/publishers", json={"ci": "lab", "claims": GITHUB}).status_code == 400


def test_nobody_sees_or_removes_somebody_elses_publisher(world: World) -> None:
    bob, publisher = world.site.signed_in("bob"), world.publisher(world.site.signed_in("ada"))
    assert publisher not in world.site.ask(bob, "GET", "/account/publishers").text
    assert world.site.ask(bob, "DELETE", f"/account/publishers/{publisher}").status_code == 404
    assert world.exchanged(publisher).status_code == 200


def test_both_databases_do_all_of_it(database_url: str, tmp_path: Path, key_files: dict[str, Path]) -> None:
    with lying() as ci:
        settings = {"ci_hub_issuer": ci.issuer, "ci_hub_kind": "github", **provider("id", ci.issuer)}
        with site(tmp_path / "site", settings, database_url=database_url) as found:
            world, browser = World(found, ci), Browser()
            for _ in range(2):
                words = asked(browser, found, "id")
                ci.nonce = words["nonce"]
                said = {"code": "c", "state": words["state"], "iss": ci.issuer}
                assert browser.get(f"{found.url}/sign-in/id/callback", params=said).status_code == 303
                assert browser.get(f"{found.url}/sign-in/id/callback", params=said).status_code == 422
            codes = world.begun()
            assert world.decided(browser, codes["user_code"]).status_code == 200
            assert world.asked(codes).status_code == 200
            assert added(world, browser, key_files["ed25519"]).status_code == 201
            publisher, ci.nonce = world.publisher(browser), ""
            token = ci.signed(aud=found.url, event_name="push", **GITHUB)
            assert [world.exchanged(publisher, token).status_code for _ in range(2)] == [200, 400]
            assert len(found.ask(browser, "GET", "/account/tokens").json()["tokens"]) == 2
            assert len(found.ask(browser, "GET", "/account/sessions").json()["sessions"]) == 1
