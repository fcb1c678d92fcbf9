"""Who somebody is to RefStack's clients, their keys, and where they are led to sign in."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certmark.domain.permissions import Role
from certmark.server.asking import EVERYTHING, OPERATOR, Asker
from certmark.server.services import accounts, keys, offices, sessions, tokens
from certmark.server.services.openids import REFSTACK
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.migrating import migrate
from certmark.server.web.cookies import SESSION
from certmark.trust.keys.keys import public_from_line
from support.openid_providers import Browser
from support.postgres import Postgres
from support.signed_in import Site, site

pytestmark = pytest.mark.enable_socket
ISSUER, OLD = "https://id.example.org", "https://openstackid.org/eve"
SAME = {"Sec-Fetch-Site": "same-origin"}


@cache
def key_of(name: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - each has one of their own
    return rsa.generate_private_key(65537, 2048)


def line_of(name: str) -> str:
    return key_of(name).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def signature_of(name: str, word: bytes = b"signature") -> str:
    """What `refstack-client sign` prints."""
    return binascii.b2a_hex(key_of(name).sign(word, padding.PKCS1v15(), SHA256())).decode()


class World:
    """A server, and people in browsers."""

    def __init__(self, place: Site) -> None:
        self.place, self.url, self.services = place, place.url, place.services
        self.browsers = {
            "ada": self._browser(ISSUER, "ada", "ada@example.org"),
            "eve": self._browser(REFSTACK, OLD, None),
            "office": self._browser(ISSUER, "office", None),
        }
        offices.appoint(self.services, f"{ISSUER}#office", frozenset({Role.OFFICE}), "Programme")

    def _browser(self, issuer: str, subject: str, mail: str | None) -> Browser:
        with self.services.database.write() as transaction:
            account = StoredAccount(b"", issuer, subject, "Full Name", mail, 0, 0)
            found = accounts.known(self.services, transaction, account, OPERATOR)
            asker = Asker(found.identity, accounts.name_of(issuer, subject), EVERYTHING)
            word = sessions.begin(self.services, transaction, asker, ("none", "", "a browser"))
        browser = Browser()
        browser.keep(self.url, {SESSION: word})
        return browser

    def ask(self, who: str, method: str, path: str, **more: Any) -> requests.Response:
        headers = {**SAME, **more.pop("headers", {})}
        browser = self.browsers.get(who) or Browser()
        return browser.ask(method, f"{self.url}/v1{path}", headers=headers, **more)

    def add(self, who: str, raw_key: str, signature: str, **more: Any) -> requests.Response:
        sent = {"raw_key": raw_key, "self_signature": signature}
        return self.ask(who, "POST", "/profile/pubkeys", json=sent, **more)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, url = tmp_path_factory.mktemp("site"), None
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        server.run("create database refstack_profile")
        url = server.url("refstack_profile")
        migrate(url)
    with site(folder, {"uploads_per_minute": "10000"}, database_url=url) as place:
        yield World(place)
    if request.param == "postgresql":
        server.run("drop database refstack_profile with (force)")


def test_a_profile_says_who_one_is_by_the_name_that_refstack_had(world: World) -> None:
    for who, openid, mail, is_admin in (
        ("ada", f"{ISSUER}#ada", "ada@example.org", False),
        ("eve", OLD, None, False),
        ("office", f"{ISSUER}#office", None, True),
    ):
        answer = world.ask(who, "GET", "/profile/")
        expected = {"openid": openid, "email": mail, "fullname": "Full Name", "is_admin": is_admin}
        assert (answer.status_code, answer.json()) == (200, expected)
    assert world.ask("nobody", "GET", "/profile").status_code == 401


def test_a_key_is_added_shown_and_removed(world: World) -> None:
    assert world.ask("ada", "GET", "/profile/pubkeys").json() == []
    answer = world.add("ada", f"{line_of('ada')} ada on her laptop\n", f"{signature_of('ada')}\n")  # D4: a comment
    identity = answer.json()
    assert (answer.status_code, len(identity)) == (201, 36)
    form, blob = line_of("ada").split()
    shown = {
        "id": identity,
        "openid": f"{ISSUER}#ada",
        "format": form,
        "pubkey": blob,
        "comment": "ada on her laptop",
    }
    assert world.ask("ada", "GET", "/profile/pubkeys/").json() == [shown]
    for who in ("ada", "eve"):
        again = world.add(who, line_of("ada"), signature_of("ada"))
        assert (again.status_code, again.json()) == (409, {"title": "Public key already exists.", "code": 409})
    assert world.ask("eve", "DELETE", f"/profile/pubkeys/{identity}").status_code == 404
    assert world.ask("ada", "DELETE", f"/profile/pubkeys/{identity.upper()}").status_code == 204
    assert world.ask("ada", "DELETE", f"/profile/pubkeys/{identity}").status_code == 404
    assert world.ask("ada", "GET", "/profile/pubkeys").json() == []
    assert [one for one in world.place.audit() if one.startswith("key.")][-2:] == [
        f"{action} {hashlib.sha256(public_from_line(line_of('ada')).blob).hexdigest()}"
        for action in ("key.add", "key.remove")
    ]


def test_a_key_of_the_old_signature_uploads_and_proves_nothing_else(world: World) -> None:
    """The same signature serves for ever and everywhere: whoever saw it once can send it again."""
    identity = world.add("eve", line_of("eve"), signature_of("eve")).json()
    key = public_from_line(line_of("eve"))
    assert keys.owner_of(world.services, key) is None
    assert keys.owner_of(world.services, key, is_old_api=True) is not None
    # Through the other door it is told as what it is.
    (shown,) = world.place.ask(world.browsers["eve"], "GET", "/account/keys").json()["keys"]
    assert shown["is_proven"] is False
    world.ask("eve", "DELETE", f"/profile/pubkeys/{identity}")


def _ed25519() -> str:
    return (
        ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    )


@pytest.mark.parametrize(
    ("raw_key", "signature", "beginning"),
    [
        ("", "00", "Public key has unsupported format"),  # D4: was 500
        ("  ", "00", "Public key has unsupported format"),
        ("ecdsa-sha2-nistp256 AAAA", "00", "Public key has unsupported format"),
        ("ED25519", "00", "Public key has unsupported format"),
        (
            "ssh-dss AAAAB3NzaC1kc3MAAAA=",
            "00",
            "Public key has unsupported format",
        ),  # nothing verified it before either
        ("OWN", "xyz", "Malformed signature"),
        ("OWN", "abc", "Malformed signature"),
        ("ssh-rsa", "00", "Malformed public key"),
        ("ssh-rsa !", "00", "Malformed public key"),
        ("ssh-rsa AAAAB3NzaC1yc2E=", "00", "Malformed public key"),
        ("OWN a\u202eb", "00", "Malformed public key"),
        ("OWN", "", "Signature verification failed"),
        ("OWN", "00", "Signature verification failed"),
        ("OWN", "OTHER", "Signature verification failed"),
        ("OWN", "WORD", "Signature verification failed"),
    ],
)
def test_what_is_no_key_or_no_proof_is_a_bad_request(
    world: World, raw_key: str, signature: str, beginning: str
) -> None:
    raw_key = raw_key.replace("OWN", line_of("own")).replace("ED25519", _ed25519())
    signature = {"OTHER": signature_of("other"), "WORD": signature_of("own", b"Signature")}.get(signature, signature)
    answer = world.add("ada", raw_key, signature)
    assert (answer.status_code, set(answer.json())) == (400, {"title", "code"})
    assert answer.json()["title"].startswith(beginning)


def test_a_body_that_is_none_is_a_bad_request_and_the_schema_says_what_one_is(world: World) -> None:
    for sent in (b"", b"x", b"[]", b"{}", b'{"raw_key": 1, "self_signature": ""}'):
        assert world.ask("ada", "POST", "/profile/pubkeys", data=sent).status_code == 400, sent
    more = {"raw_key": line_of("own"), "self_signature": signature_of("own"), "x": 1}
    assert world.ask("ada", "POST", "/profile/pubkeys", json=more).status_code == 400
    schema = world.ask("nobody", "GET", "/profile/pubkeys/schema").json()
    assert schema["required"] == ["raw_key", "self_signature"]
    assert schema["additionalProperties"] is False


def test_csrf_no_page_of_another_site_changes_anything_by_a_cookie(world: World) -> None:
    """D3: RefStack left that to the browser."""
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        answer = world.add("ada", line_of("own"), signature_of("own"), headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")
        assert world.ask("ada", "POST", "/vendors", json={"name": "x"}, headers=headers).status_code == 403
    assert world.ask("ada", "GET", "/profile/pubkeys").json() == []


def test_a_token_reads_a_profile_and_changes_no_key(world: World) -> None:
    token, _ = tokens.new(world.services, f"{ISSUER}#ada", "a test", 1)
    headers = {"Authorization": f"Bearer {token}"}
    assert world.ask("nobody", "GET", "/profile", headers=headers).json()["openid"] == f"{ISSUER}#ada"
    assert world.ask("nobody", "GET", "/profile/pubkeys", headers=headers).json() == []
    assert world.add("nobody", line_of("own"), signature_of("own"), headers=headers).status_code == 403


def test_signing_in_leads_to_our_page_and_back(world: World) -> None:
    away = world.ask("nobody", "GET", "/auth/signin")
    assert (away.status_code, away.headers["Location"]) == (302, f"{world.url}/sign-in?next=%2F")
    assert requests.get(away.headers["Location"], timeout=60).status_code == 200
    there = world.ask("ada", "GET", "/auth/signin")
    assert (there.status_code, there.headers["Location"]) == (302, f"{world.url}/")
    # Whoever has signed in meanwhile is led on from our page to where they wanted.
    assert world.browsers["ada"].get(away.headers["Location"]).headers["Location"] == f"{world.url}/"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?csrf_token=",
        "?openid.error=x",
        "?openid.mode=cancel",
        "?openid.mode=id_res&openid.claimed_id=https://evil",
    ],
)
def test_what_comes_from_a_provider_of_old_is_believed_by_nobody(world: World, query: str) -> None:
    """D3: RefStack went on to the provider without a session and a token."""
    for who in ("nobody", "ada"):
        answer = world.ask(who, "GET", f"/auth/signin_return{query}")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(f"{world.url}/#/auth_failure?message=")
        assert "evil" not in answer.headers["Location"]
        assert "Set-Cookie" not in answer.headers


def test_signing_out_asks_first_and_a_link_on_another_site_ends_nothing(world: World) -> None:
    """D3: RefStack signed people out by a GET."""
    for headers in ({"Sec-Fetch-Site": "cross-site"}, SAME, {"Sec-Fetch-Site": "none"}):
        answer = world.ask("ada", "GET", "/auth/signout", headers=headers)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{world.url}/sign-in")
        assert world.ask("ada", "GET", "/profile").status_code == 200
    assert "Sign out" in world.browsers["ada"].get(f"{world.url}/sign-in").text
    assert world.ask("nobody", "GET", "/auth/signout").headers["Location"] == f"{world.url}/signed-out"
