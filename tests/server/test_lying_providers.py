"""A provider that lies, errs or is slow lets nobody in: whatever it says, with one clear answer, and an audit entry."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Iterator

import pytest
import requests

from certmark.domain.errors import InvalidRequest
from certmark.server.services import accounts
from certmark.server.services.signing_out import EVENT
from certmark.server.store import accounts as stored
from support.openid_providers import Browser, LyingProvider, lying
from support.signed_in import Site, asked, provider, site

pytestmark = pytest.mark.enable_socket


class World:
    """A server with two providers of which one lies."""

    def __init__(self, site: Site, liar: LyingProvider, other: LyingProvider) -> None:
        self.site, self.liar, self.other = site, liar, other

    def answered(self, browser: Browser | None = None, **more: str | None) -> requests.Response:
        """What somebody gets who comes back from the liar."""
        browser = browser or Browser()
        words = asked(browser, self.site, "liar")
        self.liar.nonce = words["nonce"]
        said = {"code": "c", "state": words["state"], "iss": self.liar.issuer, **more}
        return browser.get(f"{self.site.url}/sign-in/liar/callback", params=said)

    def refusal(self, **more: str | None) -> str:
        """As `answered`, and nobody is let in."""
        browser = Browser()
        answer = self.answered(browser, **more)
        assert answer.status_code in {422, 503}, (answer.status_code, answer.text)
        assert "certmark-session" not in browser.cookies(self.site.url)
        assert self.site.audit()[-1].startswith("sign-in.refused liar: ")
        return answer.text


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with lying() as liar, lying() as other:
        providers = provider("liar", liar.issuer) | provider("other", other.issuer)
        with site(tmp_path_factory.mktemp("site"), providers) as found:
            yield World(found, liar, other)


@pytest.fixture
def world(one_world: World) -> World:
    """As if the server had never heard of its providers, and they had never lied."""
    one_world.liar.reset()
    one_world.other.reset()
    one_world.site.clock.ahead = 0
    one_world.site.services.issuers.forget()
    return one_world


def test_one_that_does_not_lie_lets_in(world: World) -> None:
    assert world.answered().status_code == 303
    world.liar.kid = None
    assert world.answered().status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example.org"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"aud": ["certmark", "another"]},
        {"azp": "another"},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "x" * 256},
        {"sub": 7},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
    ],
)
def test_a_token_that_is_not_for_this_server_is_not_believed(world: World, claims: dict[str, object]) -> None:
    world.liar.claims = claims
    world.refusal()


@pytest.mark.parametrize(
    ("claims", "is_believed"),
    [
        ({"iat": 50, "exp": 600}, True),
        ({"iat": 90, "exp": 600}, False),
        ({"iat": -600, "exp": -30}, True),
        ({"iat": -600, "exp": -90}, False),
        ({"nbf": 90}, False),
    ],
)
def test_clock_skew_is_borne_as_far_as_the_settings_say(
    world: World, claims: dict[str, int], is_believed: bool
) -> None:
    now = int(time.time())
    world.site.clock.ahead = now - world.site.clock() // 1_000_000
    world.liar.claims = {name: now + value for name, value in claims.items()}
    assert (world.answered().status_code == 303) is is_believed


def test_lying_keys_a_token_of_another_key_is_not_believed(world: World) -> None:
    assert world.answered().status_code == 303
    world.liar.keys, world.liar.shown = [LyingProvider.new_key("k1")], [world.liar.keys[0].as_dict(private=False)]
    assert "not signed by a key of its issuer" in world.refusal()


def test_lying_keys_a_token_without_a_signature_is_not_believed(world: World) -> None:
    signed = world.liar.signed()
    head, body, _ = signed.split(".")
    none = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    for token in (f"{none}.{body}.", f"{head}.{body}.", f"{head}.{body}", "x", "", "a.b.c", "." * 40_000):
        world.liar.token = token
        world.refusal()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_lying_keys_the_public_key_is_nobodys_secret(world: World) -> None:
    public = world.liar.keys[0].as_pem(private=False)
    body = world.liar.signed().split(".")[1]
    head = encoded(b'{"alg":"HS256","kid":"k1"}')
    world.liar.token = f"{head}.{body}.{encoded(hmac.digest(public, f'{head}.{body}'.encode(), 'sha256'))}"
    assert "algorithm" in world.refusal()


def test_rotated_keys_are_fetched_once_and_not_for_every_lie(world: World) -> None:
    assert world.answered().status_code == 303
    world.site.clock.ahead = 61
    world.liar.keys = [LyingProvider.new_key("k2")]
    world.liar.kid = "k2"
    assert world.answered().status_code == 303
    world.liar.kid = "k3"
    before = world.liar.asked.count("/keys")
    for _ in range(5):
        world.refusal()
    assert world.liar.asked.count("/keys") == before


@pytest.mark.parametrize("shown", [[], [{"kty": "RSA"}], [{}], ["x"], [{"kty": "RSA", "n": "!", "e": 3, "kid": "k1"}]])
def test_keys_that_are_none_are_no_fault_of_ours(world: World, shown: list[object]) -> None:
    world.liar.shown = shown
    world.refusal()


def test_mix_up_an_answer_of_another_provider_is_not_taken(world: World) -> None:
    assert "another provider" in world.refusal(iss=world.other.issuer)


def test_mix_up_a_provider_that_names_itself_must(world: World) -> None:
    world.liar.document = {"authorization_response_iss_parameter_supported": True}
    assert "does not say which provider" in world.refusal(iss=None)
    assert "/token" not in world.liar.asked


def test_mix_up_an_answer_comes_to_the_place_of_the_provider_that_was_asked(world: World) -> None:
    browser = Browser()
    words = asked(browser, world.site, "other")
    answer = browser.get(
        f"{world.site.url}/sign-in/liar/callback",
        params={"code": "c", "state": words["state"], "iss": world.liar.issuer},
    )
    assert answer.status_code == 422
    assert "/token" not in world.liar.asked + world.other.asked


def test_a_refusal_of_the_provider_is_said_in_words_of_ours(world: World) -> None:
    assert "did not let you in" in world.refusal(code=None, error="access_denied")
    page = world.refusal(code=None, error="<script>", error_description="call +49 30 1234")
    assert "<script>" not in page
    assert "&lt;script" not in page
    assert "1234" not in page


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://elsewhere.example.org"},
        {"issuer": None},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://evil.example.org/"},
        {"authorization_endpoint": 7},
    ],
)
def test_a_discovery_document_that_leads_astray_is_not_followed(world: World, document: dict[str, object]) -> None:
    world.liar.document = document
    assert Browser().get(f"{world.site.url}/sign-in/liar").status_code == 422


def test_a_token_endpoint_elsewhere_is_not_asked(world: World) -> None:
    world.liar.document = {"token_endpoint": "file:///etc/passwd"}
    assert "not asked" in world.refusal()


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (200, b"no JSON"), (200, b"[]"), (302, b""), (200, b"{}"), (400, b'{"error": "invalid_grant"}')],
)
def test_provider_down_or_out_of_order_is_said_and_the_next_try_holds(world: World, status: int, body: bytes) -> None:
    assert world.answered().status_code == 303
    world.liar.status, world.liar.body = status, body
    world.refusal()
    world.liar.status, world.liar.body = 200, None
    assert world.answered().status_code == 303


def test_provider_down_is_asked_again_after_a_rest_only(world: World) -> None:
    world.liar.status, before = 500, len(world.site.audit())
    for _ in range(5):
        assert Browser().get(f"{world.site.url}/sign-in/liar").status_code == 503
    assert len(world.liar.asked) == 1
    noted = [entry for entry in world.site.audit()[before:] if entry.startswith("sign-in.refused liar: ")]
    assert len(noted) == 1
    world.liar.status = 200
    world.site.clock.ahead = 11
    assert world.answered().status_code == 303


OUT: dict[str, object] = {
    "nonce": None,
    "jti": "1",
    "events": {EVENT: {}},
}
"""What a token by which a provider signs somebody out says beside who it is for."""


def signed_out(world: World, claims: dict[str, object] | str) -> requests.Response:
    form = {"logout_token": claims if isinstance(claims, str) else world.liar.signed(**{**OUT, **claims})}
    return requests.post(f"{world.site.url}/sign-in/liar/sign-out", data=form, timeout=60)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example.org"},
        {"aud": "another"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"jti": 7},
        {"nonce": "n"},
        {"events": None},
        {"events": {}},
        {"events": [EVENT]},
        {"events": {EVENT: "yes"}},
        {"sub": None},
        {"sub": None, "sid": 7},
        {"sub": ""},
        {"sub": "bob"},
        {"sid": "another"},
    ],
)
def test_nobody_is_signed_out_by_a_token_that_is_not_for_that(world: World, claims: dict[str, object]) -> None:
    browser = Browser()
    world.liar.claims = {"sid": "s1"}
    assert world.answered(browser).status_code == 303
    world.liar.claims = {}
    answer = signed_out(world, {"jti": str(claims), **claims})
    assert (answer.status_code, answer.headers["Cache-Control"]) in {(400, "no-store"), (200, "no-store")}
    if answer.status_code == 200:
        assert answer.json() == {"ended": 0}, "it names somebody or a session that is not here"
    assert "signed in as" in world.site.here(browser)


def test_a_token_that_signs_out_is_taken_once_and_an_id_token_never(world: World) -> None:
    first, second = Browser(), Browser()
    for browser, sid in ((first, "s2"), (second, "s3")):
        world.liar.claims = {"sid": sid}
        assert world.answered(browser).status_code == 303
    world.liar.claims = {}
    id_token, token = world.liar.signed(sid="s2"), world.liar.signed(**{**OUT, "jti": "once", "sid": "s2"})
    assert signed_out(world, id_token).status_code == 400
    assert signed_out(world, token).json() == {"ended": 1}
    assert signed_out(world, token).json()["error"] == "invalid_request"
    assert "With whom" in world.site.here(first)
    assert "signed in as" in world.site.here(second)
    assert signed_out(world, {"jti": "all"}).json()["ended"] >= 1
    assert "With whom" in world.site.here(second)
    keys, world.liar.keys = world.liar.keys, [LyingProvider.new_key("k1")]
    world.liar.shown = [keys[0].as_dict(private=False)]
    assert signed_out(world, {"jti": "lie"}).status_code == 400


def test_names_are_asked_for_where_the_token_has_none_and_only_of_the_same_person(world: World) -> None:
    world.liar.userinfo = {"sub": "bob", "name": "Bob"}
    browser = Browser()
    assert world.answered(browser).status_code == 303
    assert "signed in as ada" in world.site.here(browser)
    world.liar.userinfo = {"sub": "ada", "name": "Ada"}
    assert world.answered(browser).status_code == 303
    assert "signed in as Ada" in world.site.here(browser)


def test_the_same_subject_of_another_provider_is_somebody_else(world: World) -> None:
    first, second = Browser(), Browser()
    world.answered(first)
    words = asked(second, world.site, "other")
    world.other.nonce = words["nonce"]
    said = {"code": "c", "state": words["state"], "iss": world.other.issuer}
    assert second.get(f"{world.site.url}/sign-in/other/callback", params=said).status_code == 303
    with world.site.services.database.read() as transaction:
        rows = transaction.connection.execute("select distinct identity from accounts where subject = 'ada'").fetchall()
    assert len(rows) == 2


def test_an_account_is_made_before_its_person_signs_in_and_is_theirs_then(world: World) -> None:
    made = accounts.add(world.site.services, "liar", "the first")
    world.liar.claims = {"sub": "the first", "name": "Grace"}
    browser = Browser()
    assert world.answered(browser).status_code == 303
    with world.site.services.database.read() as transaction:
        found = stored.account(transaction, world.liar.issuer, "the first")
    assert found is not None
    assert (found.identity, found.name) == (made.identity, "Grace")
    for provider_id, subject in (("liar", "the first"), ("nobody", "x"), ("liar", ""), ("liar", "a\nb")):
        with pytest.raises(InvalidRequest):
            accounts.add(world.site.services, provider_id, subject)
