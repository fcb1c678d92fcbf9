"""Whom a person trusts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certmark.cli.options import option
from certmark.cli.options.guideline import day
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    import datetime as dt

    from certmark.app.trust.verifying import TrustRequest

_WHOM = "whom you trust"


@dataclass(frozen=True, kw_only=True)
class SignerOptions:
    """Who may sign, which logs and witnesses count."""

    programme: str | None = option(
        "--trust",
        metavar="NAME|FILE",
        help="a programme that certmark trust add knows, or its trust document: in the place of all others but "
        "--principal and --as-of",
        group=_WHOM,
    )
    key: tuple[str, ...] = option(
        "--key", action="append", metavar="FILE", help="a public key that may sign anything", group=_WHOM
    )
    allowed_signers: str | None = option(
        "--allowed-signers",
        metavar="FILE",
        help="OpenSSH's list; a principal is a vendor, or an address of it",
        group=_WHOM,
    )
    policy: str | None = option(
        "--policy", metavar="FILE", help="who may speak for whom, and how many must: YAML or JSON", group=_WHOM
    )
    principal: str | None = option(
        "--principal", metavar="NAME", help="who should have signed (default: the vendor it names)", group=_WHOM
    )
    revoked: str | None = option(
        "--revoked", metavar="FILE", help="a list of revoked keys and attestations", group=_WHOM
    )
    log_key: tuple[str, ...] = option(
        "--log-key", action="append", metavar="KEY", help="of a log: a key, or a file with one", group=_WHOM
    )
    witness: tuple[str, ...] = option(
        "--witness", action="append", metavar="KEY", help="of a witness who must have seen the log", group=_WHOM
    )
    quorum: int | None = option(
        "--quorum", type=int, metavar="N", help="how many of the witnesses are enough (default: all)", group=_WHOM
    )
    as_of: dt.date | None = day("the day of the check (default: today)", group=_WHOM)

    def trust(self, without: Sequence[str] = (), *, has_receipt: bool = False) -> TrustRequest:
        """What is asked of the application. Raises InvalidRequest where the options contradict each other."""
        from certmark.app.trust.verifying import TrustRequest
        from certmark.trust.verification.findings import VerificationStep

        self._check(has_receipt=has_receipt)
        return TrustRequest(
            programme=self.programme,
            keys=self.key,
            allowed_signers=self.allowed_signers,
            policy=self.policy,
            principal=self.principal,
            revoked=self.revoked,
            log_keys=self.log_key,
            witnesses=self.witness,
            quorum=self.quorum,
            as_of=self.as_of,
            without=tuple(VerificationStep(word) for word in without),
        )

    def _check(self, *, has_receipt: bool) -> None:
        if self.programme is not None:
            self._check_alone()
            return
        if sum((bool(self.key), self.allowed_signers is not None, self.policy is not None)) > 1:
            raise InvalidRequest("--key, --allowed-signers and --policy each say who may sign; keep one of them")
        if self.quorum is not None and not self.witness:
            raise InvalidRequest("--quorum says how many witnesses are enough; name their keys with --witness")
        if self.quorum is not None and not 0 < self.quorum <= len(self.witness):
            most = len(self.witness)
            raise InvalidRequest(f"--quorum must be a number from 1 to {most}, as there are --witness keys")
        if has_receipt and not self.log_key:
            raise InvalidRequest("a receipt is checked with the key of its log; name it with --log-key")
        if self.witness and not has_receipt:
            raise InvalidRequest("--witness asks who saw the log, which a receipt tells; name one with --receipt")

    def _check_alone(self) -> None:
        """A programme's trust document says all of it, so that nothing else is mixed in."""
        others = {
            "--key": self.key,
            "--allowed-signers": self.allowed_signers,
            "--policy": self.policy,
            "--revoked": self.revoked,
            "--log-key": self.log_key,
            "--witness": self.witness,
            "--quorum": self.quorum,
            **self._others(),
        }
        given = [name for name, value in others.items() if value not in {None, ()}]
        if given:
            raise InvalidRequest(f"--trust says all of whom you trust; leave {' and '.join(given)} out")

    def _others(self) -> dict[str, str | None]:
        """Further options that a programme's trust document stands for."""
        return {}


@dataclass(frozen=True, kw_only=True)
class TrustOptions(SignerOptions):
    """Likewise, and which guideline the person vouches for."""

    waiver_signers: str | None = option(
        "--waiver-signers",
        metavar="FILE",
        help="who may approve waivers (default: told by your list, never refused)",
        group=_WHOM,
    )
    guideline: str | None = option(
        "--guideline", "-g", metavar="GUIDELINE", help="your copy (default: the one that ships along)", group=_WHOM
    )
    verdict_policy: str | None = option(
        "--verdict-policy",
        metavar="NAME|FILE",
        help="by which it must have been judged (default: the guideline's own)",
        group=_WHOM,
    )

    def trust(self, without: Sequence[str] = (), *, has_receipt: bool = False) -> TrustRequest:
        """As of those who sign."""
        return replace(
            super().trust(without, has_receipt=has_receipt),
            waiver_signers=self.waiver_signers,
            guideline=self.guideline,
            verdict_policy=self.verdict_policy,
        )

    def _others(self) -> dict[str, str | None]:
        return {
            "--waiver-signers": self.waiver_signers,
            "--guideline": self.guideline,
            "--verdict-policy": self.verdict_policy,
        }
