"""Refusals of the room: families by who must act. Every message is one sentence for a person."""

from __future__ import annotations

from certmark.domain.errors import CannotProceed
from certmark.formats.errors import FormatError


class TrustError(FormatError):
    """Something that was to be trusted cannot be; the family says who must act."""


class InvalidEnvelope(TrustError):
    """The sender of an envelope must send it again: it is none, or what is in it is not what it should hold."""


class BadSignature(TrustError):
    """A signature does not fit what it stands under: the signer must sign again, or somebody changed it since."""


class InvalidKey(TrustError):
    """The key's owner must mend it, name another, or make one that is strong enough."""


class WrongPassphrase(InvalidKey):
    """The key's owner must give the right passphrase."""


class NoPassphrase(InvalidKey):
    """The key is locked and nobody gave a passphrase."""


class InvalidSigners(TrustError):
    """Whoever wrote the file of allowed signers, the policy or the revocations must mend it."""


class UntrustedEdition(TrustError):
    """An edition of a trust document or of revocations is not to be believed; its office has to explain."""


class OutdatedTrust(TrustError):
    """A trust document has expired; the person must get the next edition, or the office must make one."""


class AgentUnavailable(CannotProceed):
    """ssh-agent is not there, refuses, or has no such key: the person must start it or add the key."""


class UnsoundNote(TrustError):
    """The sender of a signed note or checkpoint must send it again, or the person must name another key."""


class UnsoundProof(TrustError):
    """A proof does not show what it is said to show; whoever keeps the log has to explain."""


class UnsoundReceipt(TrustError):
    """A receipt is none, or not of this envelope; the server must give it again."""


class LogDamaged(TrustError):
    """The files of a log are not what was written to them; its operator must bring a copy back."""


class LogForked(TrustError):
    """A log contradicts what it signed before; its operator must find out why, and nothing is signed until then."""


class LogBusy(CannotProceed):
    """Another process writes to the log; wait for it."""


class NotApproved(TrustError):
    """Waivers lack an approval: those who may approve them must sign, or the person must name who may."""
