"""Signing in: a token is asked for, looked at once, and what goes wrong is one sentence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from certmark.cloud.accounts_file import Account
from certmark.cloud.calls import know_catalogue
from certmark.cloud.catalogue import catalogue_of, without_nonsense
from certmark.cloud.client import Client, CloudAddress, domain_of_user
from certmark.cloud.errors import CloudError, keep_secret
from certmark.cloud.explaining import explain, explain_provider, is_keystones, words_in
from certmark.cloud.timeouts import answer_seconds


class NotSignedIn(CloudError):
    """Keystone gave no token that can be used; the message is a sentence."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        """Of its refusal; None where it did not answer, or not as Keystone does."""


class SignedInAccount(NamedTuple):
    """An account and the client through which it is signed in already."""

    account: Account
    client: Client


def sign_in_once(account: Account, address: CloudAddress, known: Iterable[SignedInAccount]) -> Client:
    """Likewise `sign_in`, but whoever of `known` is this very account, password included, is not signed in again.

    A token that has expired or was taken back meanwhile is asked for anew by its session. Raises NotSignedIn.
    """
    found = next((one.client for one in known if one.account == account), None)
    if found is None:
        return sign_in(account, address)
    with signing_in(address.auth_url, f"user name or password of {found.label}"):
        return found.at(address)


def sign_in(
    account: Account,
    address: CloudAddress,
    *,
    beside: Any = None,
    domain: str = "Default",
    seconds: float | None = None,
) -> Client:
    """Sign in with the account's own name and password, and nothing else. Raises NotSignedIn.

    `beside` is a session of keystoneauth whose connections and whose count of calls are shared; `domain` that of a
    user whose entry names none; `seconds` are for each answer, this one's included.
    """
    from keystoneauth1 import session as sessions
    from keystoneauth1.identity import v3

    from certmark.cloud.transport import transport_of

    label = f"{account.username} of {account.project}" if account.project else account.username
    place = address.auth_url
    url = place.rstrip("/")
    auth = v3.Password(url if url.endswith("/v3") else f"{url}/v3", **_credentials(account, domain))
    _ask_anew(auth)
    session = sessions.Session(
        auth=auth,
        verify=address.verify if beside is None else beside.verify,
        cert=None if beside is None else beside.cert,
        session=None if beside is None else beside.session,
        timeout=seconds or answer_seconds(),
        app_name="certmark",
    )
    transport_of(session)
    keep_secret(account.document.get("password"))
    refusal = f"{place} refuses {label}: the password is wrong, or there is no such user or project"
    with signing_in(place, f"user name or password of {label}", refusal):
        token = checked_token(session)
    if beside is None:
        know_catalogue(session, catalogue_of(token), place)
    return Client(session, address, label=label, seconds=seconds)


def _ask_anew(auth: Any) -> None:
    """Of several requests whose token was taken back each is made once more: else only whoever learned it first is."""
    forget = auth.invalidate

    def invalidate() -> bool:
        forget()
        return True

    auth.invalidate = invalidate


def _guard_between_threads(auth: Any) -> None:
    """A token that another thread takes back is asked for anew.

    keystoneauth reads it once more after its lock, and ends with an assertion where an answer 401 came in between.
    """
    if getattr(auth, "is_guarded", False):
        return
    lock = threading.RLock()
    for name in ("get_access", "invalidate"):
        setattr(auth, name, _alone(getattr(auth, name), lock))
    auth.is_guarded = True


def _alone(inner: Callable[..., Any], lock: Any) -> Callable[..., Any]:
    def alone(*words: Any, **named: Any) -> Any:
        with lock:
            return inner(*words, **named)

    return alone


def _credentials(account: Account, domain: str) -> dict[str, Any]:
    """What Keystone is told: domains by id where the account has ids, else by name."""
    entry = account.document
    usual = str(entry.get("domain_name") or domain)
    words = {"username": account.username, "password": str(entry["password"]), **_domain("user_domain", entry, usual)}
    if account.project:
        return {**words, "project_name": account.project, **_domain("project_domain", entry, usual)}
    return words | ({"system_scope": "all"} if account.is_system else {"domain_name": usual})


def _domain(key: str, entry: Mapping[str, Any], usual: str) -> dict[str, str]:
    if entry.get(f"{key}_id"):
        return {f"{key}_id": str(entry[f"{key}_id"])}
    return {f"{key}_name": str(entry.get(f"{key}_name") or usual)}


def checked_token(session: Any) -> Any:
    """The token of a session, asked for if need be; what is no endpoint is taken out of its catalogue.

    Breaks at once over a token that is none: use it within `signing_in`.
    """
    _guard_between_threads(session.auth)
    token = session.auth.get_access(session)
    _ = token.expires
    texts = (token.user_id, token.username, domain_of_user(token).name, token.project_name)
    if not all(isinstance(one, str | None) for one in texts):
        raise TypeError
    tuple(map(str, token.role_names or ()))
    without_nonsense(catalogue_of(token))
    return token


@contextmanager
def signing_in(place: str, means: str, refusal: str = "", *, elsewhere: Mapping[str, Any] = {}) -> Iterator[None]:
    """Whatever goes wrong while a token is asked for at `place` and read, as NotSignedIn.

    `means` says what is signed in with, `refusal` what is said where Keystone refuses it (else it is worded here);
    `elsewhere` are the keys of an entry that may name the server of an identity provider, which is asked first.
    """
    from keystoneauth1 import exceptions as ka

    from certmark.cloud.transport import asked_last, forget_asked

    forget_asked()
    try:
        yield
    except CloudError:
        raise
    except Exception as error:
        url = asked_last()
        status = getattr(error, "http_status", None)
        if url and elsewhere and not is_keystones(url, place):
            raise NotSignedIn(explain_provider(error, url, elsewhere), status) from error
        if isinstance(error, ka.Unauthorized) and refusal:
            raise NotSignedIn(f"{refusal}{words_in(error)}", status) from error
        if isinstance(error, ka.ClientException | OSError):
            raise NotSignedIn(explain(error, place, means), status) from error
        raise NotSignedIn(_unexpected(place, means, is_answer=bool(url) or not elsewhere)) from error


def _unexpected(place: str, means: str, *, is_answer: bool) -> str:
    if is_answer:
        return f"{place} answers, but not as Keystone v3 does; check auth_url in clouds.yaml"
    return f"the {means} cannot be used: a library for that way to sign in is not installed, or a key of it is missing"
