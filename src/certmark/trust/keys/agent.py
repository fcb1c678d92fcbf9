"""Keys in ssh-agent (draft-ietf-sshm-ssh-agent): listing them, and asking for a signature.

The private key never comes here. Only two requests of the protocol are made.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from certmark.trust.errors import AgentUnavailable, InvalidKey
from certmark.trust.keys import wire
from certmark.trust.keys.keys import Algorithm, PublicKey, public_from_blob

if TYPE_CHECKING:
    import socket

_REQUEST_IDENTITIES, _IDENTITIES_ANSWER = 11, 12
_SIGN_REQUEST, _SIGN_RESPONSE = 13, 14
_RSA_SHA2_256 = 2
_LARGEST = 256 << 10
"""Bytes of a message, as in OpenSSH."""
_MOST_KEYS = 2_000
_PATIENCE = 60.0
"""Seconds for an answer: somebody may be asked to confirm."""


class AgentSigner(NamedTuple):
    """A key that ssh-agent holds."""

    public: PublicKey

    @property
    def keyid(self) -> str:
        """The id of the public key."""
        return self.public.id

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`. Raises AgentUnavailable."""
        flags = _RSA_SHA2_256 if self.public.algorithm is Algorithm.RSA else 0
        body = wire.string(self.public.blob) + wire.string(message) + flags.to_bytes(4, "big")
        answer = _request(_SIGN_REQUEST, body)
        if answer[:1] != bytes([_SIGN_RESPONSE]):
            raise AgentUnavailable(
                f"ssh-agent does not sign with {self.keyid}; was it refused, or removed with ssh-add?"
            )
        try:
            reader = wire.Reader(wire.Reader(answer[1:]).string())
            return _plain(self.public.algorithm, reader)
        except wire.Damaged as error:
            raise AgentUnavailable(f"ssh-agent answered with a signature that is none: {error}") from error


def agent_keys() -> tuple[PublicKey, ...]:
    """The keys in the agent that can be used here; others are left out. Raises AgentUnavailable."""
    answer = _request(_REQUEST_IDENTITIES, b"")
    reader = wire.Reader(answer)
    keys = []
    try:
        if reader.take(1) != bytes([_IDENTITIES_ANSWER]):
            raise AgentUnavailable("ssh-agent does not list its keys")
        count = reader.number()
        if count > _MOST_KEYS:
            raise AgentUnavailable(f"ssh-agent says that it has {count:,} keys; at most {_MOST_KEYS:,} are looked at")
        for _ in range(count):
            blob, comment = reader.string(), reader.string()
            try:
                keys.append(public_from_blob(blob)._replace(comment=comment.decode("utf-8", "replace")))
            except InvalidKey:
                continue
    except wire.Damaged as error:
        raise AgentUnavailable(f"ssh-agent answered with something that is no list of keys: {error}") from error
    return tuple(keys)


def agent_signer(wanted: PublicKey) -> AgentSigner:
    """The agent's key `wanted`. Raises AgentUnavailable."""
    if any(key.blob == wanted.blob for key in agent_keys()):
        return AgentSigner(wanted)
    raise AgentUnavailable(f"ssh-agent does not hold {wanted.id}; add its private key with ssh-add")


def _plain(algorithm: Algorithm, reader: wire.Reader) -> bytes:
    """A signature of SSH as `trust.keys` knows it."""
    from certmark.trust.keys.material import low_s
    from certmark.trust.keys.signatures import plain_signature

    kind = reader.text()
    wanted = "rsa-sha2-256" if algorithm is Algorithm.RSA else algorithm.ssh
    if kind != wanted:
        raise wire.Damaged(f"it is of the kind {kind[:40]!r}, {wanted} was asked for")
    plain = plain_signature(algorithm, reader.string())
    return low_s(plain) if algorithm is Algorithm.ECDSA_P256 else plain


def _request(kind: int, body: bytes) -> bytes:
    place = os.environ.get("SSH_AUTH_SOCK")
    if not place:
        raise AgentUnavailable("there is no ssh-agent (SSH_AUTH_SOCK is not set); start one, or name a key file")
    import socket  # a door: a key in a file pays for no agent

    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(place)
            connection.sendall(wire.string(bytes([kind]) + body))
            size = int.from_bytes(_exactly(connection, 4), "big")
            if not 0 < size <= _LARGEST:
                raise AgentUnavailable(f"ssh-agent answered with {size:,} bytes; that is no answer")
            return _exactly(connection, size)
    except OSError as error:
        what = "does not answer" if isinstance(error, TimeoutError) else "cannot be reached"
        raise AgentUnavailable(f"ssh-agent {what} at SSH_AUTH_SOCK ({error.strerror or error})") from error


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        block = connection.recv(count - len(found))
        if not block:
            raise AgentUnavailable("ssh-agent hung up")
        found += block
    return found
