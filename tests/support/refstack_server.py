"""A server as RefStack's clients see it: people with keys and tokens, a vendor with a product, and requests to it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc.jwk import RSAKey
from joserfc.jwt import encode

from certmark.domain.permissions import Role
from certmark.domain.products import ProductKind
from certmark.server import ids
from certmark.server.asking import EVERYTHING, OPERATOR, Asker
from certmark.server.services import accounts, keys, offices, products, sources, tokens, vendors
from certmark.server.services.openids import REFSTACK
from certmark.server.store import keys as stored_keys
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.keys import StoredKey
from certmark.server.store.migrating import migrate
from certmark.trust.keys.keys import public_from_line
from support.signed_in import Site, site

GENEROUS = {"uploads_per_minute": "100000", "requests_per_minute": "100000", "anonymous_uploads": "yes"}
ISSUER = "https://id.example.org"
ADA, EVE = f"{ISSUER}#ada", "https://openstackid.org/eve"
"""Ada signs in here; Eve came from a RefStack server, with her key."""
CPID = "b33dc8a37c8607c6a7612f6296139578"
PRODUCTS_CPID = "f00d"
"""What the client calls the cloud of the vendor's product."""
CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
UUID = "6f8e4436-fc96-4282-8122-e41df57197a9"


@cache
def key_of(name: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - each has their own
    """Somebody's key; the same for all tests of a process."""
    return rsa.generate_private_key(65537, 2048)


def line_of(name: str) -> str:
    """The public part of it, as `refstack-client` sends it."""
    return key_of(name).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def pem_of(name: str) -> bytes:
    """The private part, as `refstack-client` reads it."""
    return key_of(name).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def signed(name: str, body: bytes) -> dict[str, str]:
    """The headers of a signed upload."""
    signature = key_of(name).sign(body, padding.PKCS1v15(), SHA256())
    return {"X-Signature": signature.hex(), "X-Public-Key": line_of(name)}


def jwt(name: str, seconds: int = 3600, **claims: Any) -> str:
    """A token that somebody signs by themselves."""
    key = RSAKey.import_key(pem_of(name))
    return encode({"alg": "RS256"}, {"exp": int(time.time()) + seconds, **claims}, key, algorithms=["RS256"])


def upload(*names: str, cpid: str = CPID, seconds: int = 12) -> bytes:
    """A body with these passed tests; the first has an id."""
    results = [{"name": name} | ({"uuid": UUID} if place == 0 else {}) for place, name in enumerate(names)]
    return json.dumps({"cpid": cpid, "duration_seconds": seconds, "results": results}).encode()


class RefstackServer:
    """The server, and who asks it."""

    def __init__(self, place: Site) -> None:
        self.url, self.services, self.place = place.url, place.services, place
        self.people = {
            "ada": self._person(ISSUER, "ada", keys.FRESH),
            "eve": self._person(REFSTACK, EVE, keys.OLD),
            "bob": self._person(ISSUER, "bob", keys.FRESH),
            "office": self._person(ISSUER, "office", keys.FRESH),
        }
        offices.appoint(self.services, self.people["office"].name, frozenset({Role.OFFICE}), "Programme")
        self.tokens = {name: tokens.new(self.services, one.name, "a test", 1)[0] for name, one in self.people.items()}
        ada = self.people["ada"]
        self.vendor = vendors.register(self.services, ada, "Example Clouds", "").row.id
        self.product = products.add(
            self.services, ada, self.vendor, name="Cloud", kind=ProductKind.PUBLIC_CLOUD, description=""
        ).row.id
        self.version = products.add_version(self.services, ada, self.product, "1", [CLOUD], PRODUCTS_CPID).row.id
        self.words = {name: ids.written(getattr(self, name)) for name in ("vendor", "product", "version")}

    def _person(self, issuer: str, subject: str, proof: int) -> Asker:
        with self.services.database.write() as transaction:
            account = StoredAccount(b"", issuer, subject, subject, None, 0, 0)
            found = accounts.known(self.services, transaction, account, OPERATOR)
            asker = Asker(found.identity, accounts.name_of(issuer, subject), EVERYTHING)
            name = "eve" if issuer == REFSTACK else subject
            digest = hashlib.sha256(public_from_line(line_of(name)).blob).digest()
            stored_keys.add(transaction, StoredKey(digest, found.identity, line_of(name), proof, 1))
        return asker

    def ask(self, method: str, path: str, who: str | None = None, **more: Any) -> requests.Response:
        """By a token of theirs, which they sign themselves where they manage something; else as nobody."""
        headers = dict(more.pop("headers", {}))
        if who is not None:
            own = jwt(who, user_openid=f"{ISSUER}#{who}") if method == "PUT" else self.tokens[who]
            headers["Authorization"] = f"Bearer {own}"
        return requests.request(method, self.url + path, headers=headers, timeout=60, allow_redirects=False, **more)

    def send(self, body: bytes, signer: str | None = None, who: str | None = None) -> str:
        """The id of a result that is there now."""
        headers = {} if signer is None else signed(signer, body)
        answer = self.ask("POST", "/v1/results/", who, data=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["test_id"])

    def say(self, run: str, who: str, **meta: str) -> None:
        """What is said of a result."""
        for key, value in meta.items():
            answer = self.ask("POST", f"/v1/results/{run}/meta/{key}", who, data=value.encode())
            assert (answer.status_code, answer.json()) == (201, None), answer.text

    def add_guideline(self, folder: Path, document: Mapping[str, Any] | bytes, name: str) -> None:
        """A guideline beside those that ship along."""
        file = folder / name
        file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        sources.add(self.services, str(file))


@contextmanager
def refstack_server(folder: Path, database_url: str, **settings: str) -> Iterator[RefstackServer]:
    """For as long as the context lasts."""
    if database_url.startswith("postgresql"):
        migrate(database_url)
    with site(folder / "data", {**GENEROUS, **settings}, database_url=database_url) as place:
        yield RefstackServer(place)
