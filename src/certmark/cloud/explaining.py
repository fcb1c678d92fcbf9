"""Why a call came to nothing, in one sentence for whatever the libraries below raised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from certmark.cloud.errors import TransportRefusal, first_line

TOKEN = "token"
"""What a call carries that is not a sign-in."""


def explain(error: BaseException, place: str, means: str) -> str:
    """One sentence for whatever keystoneauth raised while talking to `place`.

    `means` says what is signed in with, in words for a person; TOKEN: the caller is signed in already.
    """
    ours = _sentence_of_ours(error)
    if ours is not None:
        return f"{place} cannot be used: {ours}"
    text = _all_text(error)
    for pattern, sentence in _NETWORK:
        if re.search(pattern, text):
            return sentence.format(place=place)
    return _of_keystoneauth(error, place, means)


def _of_keystoneauth(error: BaseException, place: str, means: str) -> str:  # noqa: C901, PLR0911 - one sentence for each kind of refusal
    from keystoneauth1 import exceptions as ka

    match error:
        case ka.Unauthorized():
            return f"{place} refuses the {means}{words_in(error)}; {_remedy(error, means)}"
        case ka.MissingRequiredOptions():
            return incomplete(error)
        case ka.NoMatchingPlugin():
            return f"clouds.yaml asks for a way to sign in that is not known: {first_line(error)}"
        case ka.NotFound() if TOKEN in means and _is_sign_in(error):
            # Keystone says "not found" of a token that it cannot read.
            return f"{place} refuses the {means}; get a new one"
        case ka.NotFound() if "/OS-FEDERATION/" in str(error.url):
            return f"{place} knows no such identity provider; check identity_provider and protocol in clouds.yaml"
        case ka.HttpError() if means == TOKEN and not _is_sign_in(error):
            return f"{place} answers {error.http_status}: {first_line(error, 120)}"
        case ka.NotFound() | ka.DiscoveryFailure() | ka.VersionNotAvailable() | ka.InvalidResponse() if means == TOKEN:
            return f"{place} answers, but not as its API does: {first_line(error, 120)}"
        case ka.NotFound() | ka.DiscoveryFailure() | ka.VersionNotAvailable() | ka.InvalidResponse():
            return f"{place} answers, but not as Keystone v3 does; check auth_url in clouds.yaml"
        case ka.HttpError():
            return f"{place} answers {error.http_status} to signing in: {first_line(error, 120)}"
        case _ if means == TOKEN:
            return f"{place} cannot be asked: {first_line(error)}"
        case _:
            return f"signing in at {place} failed: {first_line(error)}"


def words_in(error: BaseException) -> str:
    """What the server itself says of its refusal, to stand behind ours; empty where that tells no more."""
    words = _words(error)
    return f", saying {words!r}" if words and not words.startswith(_USUAL_WORDS) else ""


def _words(error: BaseException) -> str:
    """The message of an answer, of Keystone or of an identity provider, in one bounded line without our secrets."""
    response: Any = getattr(error, "response", None)
    try:
        body = response.json()
    except (AttributeError, ValueError, RecursionError):
        return ""
    told = body.get("error") if isinstance(body, dict) else None
    text = told.get("message") if isinstance(told, dict) else (body.get("error_description") or told) if told else None
    return first_line(ValueError(text.replace(_DEBUG_WORDS, "")), 200) if isinstance(text, str) else ""


_USUAL_WORDS = "The request you have made requires authentication"
"""All that Keystone says where `insecure_debug` is off."""
_DEBUG_WORDS = "(Disable insecure_debug mode to suppress these details.)"


def _remedy(error: BaseException, means: str) -> str:
    words = _words(error)
    if "cannot request a scope" in words:
        return (
            "take project_name, project_id and their domains out of the entry, and unset OS_PROJECT_NAME and "
            "OS_PROJECT_ID: an application credential has a project of its own"
        )
    if "password is expired" in words:
        return "set a new password: openstack user password set"
    if "account is locked" in words:
        return "wait, or ask the cloud's operator to unlock it"
    return f"check {'it' if means == TOKEN else 'them'} in clouds.yaml"


def is_keystones(url: str, place: str) -> bool:
    """Whether `url` is an address of the Keystone at `place`, and not of an identity provider beside it."""
    base = place.rstrip("/").removesuffix("/v3").removesuffix("/v2.0")
    rest = url.rstrip("/").removeprefix(base)
    return url.startswith(base) and (rest in {"", "/v3", "/v2.0"} or rest.startswith("/v3/"))


def explain_provider(error: BaseException, url: str, entry: Mapping[str, Any]) -> str:
    """One sentence for what went wrong at `url`, of the identity provider that `entry` names; Keystone has no part."""
    keys = [key for key, value in entry.items() if isinstance(value, str) and value.partition("?")[0] == url]
    named = f"{keys[0]} in clouds.yaml" if keys else "which its discovery document names"
    place = f"the identity provider at {url} ({named})"
    text = _all_text(error)
    for pattern, sentence in _NETWORK:
        if re.search(pattern, text):
            return sentence.format(place=place)
    status, words = getattr(error, "http_status", None), _words(error)
    if status in {400, 401, 403}:
        says = f", saying {words!r}" if words else f" ({status})"
        return f"{place} refuses the sign-in{says}; check username, password, client_id and client_secret"
    if status is not None:
        return f"{place} answers {status}; check that address"
    return f"{place} answers, but not as an identity provider does; check that address"


def incomplete(error: BaseException) -> str:
    """For an entry of clouds.yaml that lacks something."""
    return f"the cloud is not described whole: {first_line(error)}; add it in clouds.yaml"


def _is_sign_in(error: BaseException) -> bool:
    return "/auth/tokens" in str(getattr(error, "url", None) or "")


_NETWORK = (
    (r"ProxyError|Unable to connect to proxy|Tunnel connection failed",
     "the proxy between here and {place} does not answer; check http_proxy, https_proxy and no_proxy of the shell"),
    (r"Name or service not known|name resolution|nodename nor servname|NameResolutionError|No address associated",
     "the host name in {place} does not resolve; check the address, the network or the VPN"),
    (r"suitable TLS CA certificate bundle|NO_CERTIFICATE_OR_CRL_FOUND|PEM lib",
     "{place} cannot be asked: the file that cacert names in clouds.yaml is not there, or holds no certificate"),
    (r"(Hostname|IP address) mismatch|doesn't match",
     "the certificate of {place} is for another name; use a name that it is for, or have one made for this name"),
    (r"certificate has expired", "the certificate of {place} has expired; it must be renewed"),
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|self.signed",
     "the certificate of {place} is not trusted; give its CA as cacert in clouds.yaml"),
    (r"WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|HTTP_REQUEST|UNKNOWN_PROTOCOL|PACKET_LENGTH_TOO_LONG",
     "{place} speaks http, not https; check the address"),
    (r"SSLError|SSLFailure|SSL exception|SSL: ",
     "{place} does not speak TLS as it should; check whether it is http or https"),
    (r"BadStatusLine.*x15.*x03", "{place} speaks https, not http; check the address"),
    (r"timed out|Timeout|ReadTimeout", "{place} does not answer in time; check that the service runs"),
    (r"Connection refused|ECONNREFUSED", "nothing listens at {place}; check the address and that the service runs"),
    (r"Network is unreachable|No route to host", "there is no way to {place}; check the network or the VPN"),
    (r"Connection reset|RemoteDisconnected|Connection aborted|ConnectFailure|Unable to establish connection",
     "the connection to {place} breaks off; check the service or a proxy in between"),
)  # fmt: skip


def _sentence_of_ours(error: BaseException) -> str | None:
    """What the transport refused, where that is behind it all."""
    return next((str(cause) for cause in _chain(error) if isinstance(cause, TransportRefusal)), None)


def _all_text(error: BaseException) -> str:
    """What the error and those behind it say."""
    return " | ".join(f"{type(cause).__name__}: {cause}" for cause in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those behind it."""
    current: BaseException | None = error
    for _ in range(10):  # a chain is never longer, but may be a ring
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__
