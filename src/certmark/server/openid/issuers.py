"""An issuer of tokens: its discovery document, its keys, and the tokens that it signed.

1. The document must name the very issuer that the settings name (OpenID Connect Discovery 4.3).
2. A token is believed if a key of the issuer signed it, by an asymmetric algorithm that is named here; the token has no
   say in that. Then issuer, audience, nonce and times must be right.
3. A token that no key fits is tried once more with the issuer's keys as they are now; keys are fetched at most once
   in a minute for that, whoever asks.
4. An issuer that did not answer is left alone for some seconds, so that not everybody waits for it in turn.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.server.fetching import SourceAway
from certmark.server.openid.errors import NotBelieved, ProviderAway

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_LARGEST_TOKEN = 16 << 10
_SECOND = 1_000_000
_FRESH = 3600 * _SECOND
"""For how long documents and keys are taken as they were."""
_PAUSE = 60 * _SECOND
"""Rule 3."""
_REST = 10 * _SECOND
"""Rule 4."""

Fetch = Callable[[str], bytes]
"""What is at an address. Raises InvalidRequest or SourceAway."""
Claims = Mapping[str, Any]


class Endpoints(NamedTuple):
    """What a discovery document says, as far as it is used."""

    keys: str
    authorization: str
    token: str
    userinfo: str
    end_session: str
    """Empty, like all others: it has none."""
    methods: tuple[str, ...]
    """How a client may say who it is at the token endpoint."""
    names_itself: bool
    """Its answers say who it is (RFC 9207)."""


class Issuer:
    """One issuer; used by any number of threads."""

    def __init__(self, url: str, fetch: Fetch, clock: Callable[[], int], skew: float) -> None:
        self.url = url
        self._fetch, self._clock, self._skew = fetch, clock, int(skew)
        self._guard = threading.Lock()
        self._endpoints: tuple[int, Endpoints] | None = None
        self._keys: tuple[int, list[Any]] | None = None
        self._away: tuple[int, str] | None = None

    def endpoints(self) -> Endpoints:
        """Rule 1. Raises ProviderAway or NotBelieved."""
        with self._guard:
            now = self._clock()
            if self._endpoints is None or now - self._endpoints[0] > _FRESH:
                document = self._document(f"{self.url.rstrip('/')}/.well-known/openid-configuration")
                if document.get("issuer") != self.url:
                    raise NotBelieved("the provider's discovery document names another issuer")
                self._endpoints = (now, _endpoints(document))
            return self._endpoints[1]

    def claims(
        self, token: str, *, audience: str, nonce: str | None = None, needed: tuple[str, ...] = ("sub",)
    ) -> Claims:
        """What a token says, once it is believed (rules 2 and 3) and says what is needed.

        Raises NotBelieved or ProviderAway.
        """
        from joserfc.errors import JoseError
        from joserfc.jwt import JWTClaimsRegistry

        found = self._signed(token)
        wanted: dict[str, Any] = {name: {"essential": True} for name in ("exp", "iat", *needed)}
        wanted |= {name: {"essential": True, "value": value} for name, value in (("iss", self.url), ("aud", audience))}
        if nonce is not None:
            wanted["nonce"] = {"essential": True, "value": nonce}
        try:
            JWTClaimsRegistry(self._clock() // _SECOND, self._skew, **wanted).validate(dict(found))
        except JoseError as error:
            raise NotBelieved(
                f"the token is not one for this server, now: {error.error} ({error.description})"[:300]
            ) from error
        several = isinstance(found["aud"], list) and len(found["aud"]) > 1
        if found.get("azp", audience) != audience or (several and nonce is not None and "azp" not in found):
            raise NotBelieved("the token was made for somebody else")
        return found

    def _signed(self, token: str) -> Claims:
        if len(token) > _LARGEST_TOKEN:
            raise NotBelieved("the token is larger than tokens are")
        found = _claims_by(token, self._current(is_new=False))
        if found is None:
            found = _claims_by(token, self._current(is_new=True))
        if found is None:
            raise NotBelieved("the token was not signed by a key of its issuer")
        return found

    def _current(self, *, is_new: bool) -> list[Any]:
        address = self.endpoints().keys
        with self._guard:
            now = self._clock()
            age = None if self._keys is None else now - self._keys[0]
            if self._keys is None or age is None or age > (_PAUSE if is_new else _FRESH):
                found = self._document(address).get("keys")
                self._keys = (now, [key for key in found if isinstance(key, dict)] if isinstance(found, list) else [])
            return self._keys[1]

    def _document(self, address: str) -> dict[str, Any]:
        if self._away is not None and 0 <= self._clock() - self._away[0] < _REST:
            raise ProviderAway(self._away[1])
        try:
            document = json.loads(self._fetch(address))
        except SourceAway as error:
            self._away = (self._clock(), f"the provider does not answer: {error}")
            raise ProviderAway(f"the provider does not answer: {error}") from error
        except InvalidRequest as error:
            raise NotBelieved(f"the provider names an address that is not asked: {error}") from error
        except (ValueError, RecursionError) as error:
            raise NotBelieved("what the provider sends is no JSON") from error
        if not isinstance(document, dict):
            raise NotBelieved("what the provider sends is no document of one")
        return document


def _endpoints(document: Mapping[str, Any]) -> Endpoints:
    def text(name: str) -> str:
        found = document.get(name, "")
        return found if isinstance(found, str) else ""

    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not text("jwks_uri"):
        raise NotBelieved("the provider's discovery document names no keys")
    return Endpoints(
        keys=text("jwks_uri"),
        authorization=text("authorization_endpoint"),
        token=text("token_endpoint"),
        userinfo=text("userinfo_endpoint"),
        end_session=text("end_session_endpoint"),
        methods=tuple(map(str, methods)) if isinstance(methods, list) else (),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _claims_by(token: str, keys: list[Any]) -> Claims | None:
    """What the token says, if one of the keys signed it; None: none did. Raises NotBelieved."""
    from joserfc.errors import JoseError
    from joserfc.jwt import decode

    for key in _candidates(token, keys):
        try:
            found = decode(token, key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _candidates(token: str, keys: list[Any]) -> Iterator[Any]:
    """Keys that are for signatures and for nobody's secret; where the token names one, that one."""
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry
    from joserfc.jws import extract_compact

    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise NotBelieved("that is no token of a provider") from error
    if header.get("alg") not in ALGORITHMS:
        raise NotBelieved("the token is signed by an algorithm that is not believed here")
    named = header.get("kid")
    for key in keys:
        is_meant = named is None or key.get("kid") == named
        if is_meant and key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig":
            try:
                yield JWKRegistry.import_key(key)
            except (JoseError, ValueError, TypeError, KeyError):
                continue
