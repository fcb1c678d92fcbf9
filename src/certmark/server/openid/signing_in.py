"""Signing in with a provider: authorization code with PKCE, state and nonce (OpenID Connect Core 3.1, RFC 9700).

The library Authlib says it in OAuth's words; every request goes through the one way in which a server fetches.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from certmark.domain.errors import InvalidRequest
from certmark.server.fetching import Answered, SourceAway
from certmark.server.openid.errors import NotBelieved, ProviderAway
from certmark.server.openid.issuers import Issuer
from certmark.server.parties import LOOPBACK, ProviderSettings

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client

Send = Callable[[str, str, bytes, Mapping[str, str]], Answered]
"""(method, address, body, headers) -> what is answered. Raises InvalidRequest or SourceAway."""
_LONGEST = 255
_HEADERS = ("accept", "authorization", "content-type")
"""What the library says; the rest is said by how a server fetches."""


class Beginning(NamedTuple):
    """Where to send a browser, and what to remember of it."""

    url: str
    state: str
    nonce: str
    verifier: str


class Person(NamedTuple):
    """Who signed in, as the provider says."""

    issuer: str
    subject: str
    """The two together are an account; nothing else is."""
    name: str
    email: str | None
    """To write to; never to know somebody by."""
    token: str
    """The id token, by which the provider knows whom to sign out."""
    sid: str | None
    """What the provider calls its session of them, by which it signs them out here."""


def begin(provider: ProviderSettings, issuer: Issuer, back: str) -> Beginning:
    """Raises ProviderAway or NotBelieved."""
    address = _for_browsers(issuer.endpoints().authorization, issuer)
    verifier, nonce, state = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(provider, issuer, back, _nowhere) as client:
        url, _ = client.create_authorization_url(address, state=state, code_verifier=verifier, nonce=nonce)
    return Beginning(str(url), state, nonce, verifier)


def finish(
    provider: ProviderSettings, issuer: Issuer, back: str, begun: Beginning, said: Mapping[str, str], send: Send
) -> Person:
    """Who is there, from the parameters with which a browser came back. Raises ProviderAway or NotBelieved."""
    _check_sender(issuer, said)
    if not compare_digest(said.get("state", "").encode(), begun.state.encode()):
        raise NotBelieved("this answer belongs to another try to sign in")
    if "error" in said:
        raise NotBelieved(_word_of(said["error"], provider))
    if not said.get("code"):
        raise NotBelieved("the provider answered neither yes nor no")
    with _client(provider, issuer, back, send) as client:
        tokens = _exchanged(client, issuer, said["code"], begun.verifier)
        claims = issuer.claims(str(tokens.get("id_token", "")), audience=provider.client_id, nonce=begun.nonce)
        more = claims if claims.get("name") or claims.get("email") else _userinfo(client, issuer, str(claims["sub"]))
    subject = str(claims["sub"])
    if not 0 < len(subject) <= _LONGEST or not subject.isprintable():
        raise NotBelieved("the provider calls this account by a name that cannot be kept")
    email = _line(more.get("email")) or None
    name = _line(more.get("name")) or _line(more.get("preferred_username")) or email or subject
    return Person(issuer.url, subject, name, email, str(tokens["id_token"]), _line(claims.get("sid")) or None)


def end_address(provider: ProviderSettings, issuer: Issuer, token: str, back: str) -> str | None:
    """Where a browser ends the session with the provider as well; None: it has no such place. Raises as `begin`."""
    endpoint = issuer.endpoints().end_session
    if not endpoint:
        return None
    words = urlencode({"id_token_hint": token, "client_id": provider.client_id, "post_logout_redirect_uri": back})
    return f"{_for_browsers(endpoint, issuer)}{'&' if '?' in endpoint else '?'}{words}"


def _check_sender(issuer: Issuer, said: Mapping[str, str]) -> None:
    """Whether the answer is that provider's (RFC 9207: mix-up of two providers)."""
    named = said.get("iss")
    if named is None and issuer.endpoints().names_itself:
        raise NotBelieved("the answer does not say which provider it is from, and this provider's do")
    if named is not None and named != issuer.url:
        raise NotBelieved("the answer is from another provider than the one that was asked")


def _word_of(error: str, provider: ProviderSettings) -> str:
    if error == "access_denied":
        return f"{provider.shown} did not let you in, or you did not want to"
    known = error if error.isascii() and error.replace("_", "").isalpha() and len(error) < 50 else "an error"
    return f"{provider.shown} answered {known}"


def _exchanged(client: OAuth2Client, issuer: Issuer, code: str, verifier: str) -> Mapping[str, Any]:
    from authlib.integrations.base_client import OAuthError

    try:
        found = client.fetch_token(
            issuer.endpoints().token, grant_type="authorization_code", code=code, code_verifier=verifier
        )
    except SourceAway as error:
        raise ProviderAway(f"the provider does not answer: {error}") from error
    except InvalidRequest as error:
        raise NotBelieved(f"the provider names an address that is not asked: {error}") from error
    except OAuthError as error:
        raise NotBelieved("the provider does not know the answer that came in its name; sign in again") from error
    except Exception as error:
        # The library raises what its HTTP client and its parser do.
        raise ProviderAway(f"the provider does not answer as one does ({type(error).__name__})") from error
    if not isinstance(found, Mapping) or not isinstance(found.get("id_token"), str):
        raise NotBelieved("the provider says nothing of who signed in")
    return found


def _userinfo(client: OAuth2Client, issuer: Issuer, subject: str) -> Mapping[str, Any]:
    """Names, where the token has none; without them one can do as well."""
    address = issuer.endpoints().userinfo
    if not address:
        return {}
    try:
        found = client.get(address).json()
    except Exception:  # noqa: BLE001 - whatever it was, somebody is signed in by now
        return {}
    return found if isinstance(found, dict) and found.get("sub") == subject else {}


def _line(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return text[:_LONGEST] if text.isprintable() else ""


def _for_browsers(address: str, issuer: Issuer) -> str:
    parts, own = urlsplit(address), urlsplit(issuer.url)
    is_local = parts.scheme == own.scheme == "http" and parts.hostname in LOOPBACK
    if not (parts.scheme == "https" or is_local) or not parts.hostname:
        raise NotBelieved("the provider sends people to an address that is not safe")
    return address


def _nowhere(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
    raise AssertionError(method, url, body, headers)


@contextmanager
def _client(provider: ProviderSettings, issuer: Issuer, back: str, send: Send) -> Iterator[OAuth2Client]:
    """Authlib's, over our own way out. Raises ProviderAway where the secret cannot be read."""
    import httpx2
    from authlib.integrations.httpx_client import OAuth2Client

    class Way(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
            answered = send(request.method, str(request.url), request.read(), headers)
            return httpx2.Response(answered.status, headers={"Content-Type": answered.media}, content=answered.body)

    try:
        secret = provider.secret
    except (OSError, ValueError) as error:
        raise ProviderAway(f"the secret for {provider.shown} cannot be read here") from error
    with OAuth2Client(
        provider.client_id,
        secret,
        scope=" ".join(provider.scopes),
        redirect_uri=back,
        code_challenge_method="S256",
        token_endpoint_auth_method=_method(secret, issuer.endpoints().methods),
        transport=Way(),
        trust_env=False,
    ) as client:
        yield client


def _method(secret: str | None, methods: tuple[str, ...]) -> str:
    if secret is None:
        return "none"
    is_posted = "client_secret_basic" not in methods and "client_secret_post" in methods
    return "client_secret_post" if is_posted else "client_secret_basic"
