"""Check something signed, step by step: is it so, and may its signer say so? A certificate: is it in force?

FILE is an attestation, or what was signed (a bundle, a run's folder, a report); the other one is
looked for beside it. Steps: envelope, signature, receipt, signer, revocation, digests, run, guideline,
policy, day, waivers, verdict. A sound signature and an allowed signer are two answers: anybody can make a key.
With --trust all that a programme asks for is looked at, by its trust document (certmark trust add).
Or it is a certificate, or the address of one or of its page, the one case in which something is fetched. Steps:
envelope, signature, receipt, signer, revocation, guideline, verdict (computed here from the outcomes that it
publishes), status.

exit status: 0 all of it holds and the verdict is pass, 1 all of it holds and the verdict is fail, 2 usage,
3 a file of yours cannot be read, or the trust document has expired, 4 nothing is wrong and something could not be
looked at, or the verdict is incomplete, 10 no sound signature, 11 the signer may not say this, 12 not what was
signed, 13 the evidence gives another verdict, 14 receipt, 15 revoked, 16 expired, 17 another guideline or policy;
of a certificate also 18 it is not in force, 19 nothing is wrong and something could not be looked at, 20 certified
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit, of_certificate, of_verification
from certmark.cli.options import argument, option
from certmark.cli.options.trust import TrustOptions

_STEPS = ("receipt", "signer", "revocation", "digests", "run", "guideline", "policy", "day", "waivers", "verdict")
_BELONGS = "what belongs to it"


@dataclass(frozen=True, kw_only=True)
class Options(TrustOptions):
    """The options of the verb."""

    file: str = argument(metavar="FILE|URL", help="an attestation, a bundle, a run's folder, a report, a certificate")
    attestation: str | None = option(
        "--attestation", metavar="FILE", help="(default: NAME.attestation.json beside it)", group=_BELONGS
    )
    bundle: str | None = option(
        "--bundle", metavar="FILE", help="what was signed (default: what lies beside the attestation)", group=_BELONGS
    )
    signature: str | None = option(
        "--signature",
        metavar="FILE",
        help="in the place of an attestation: of ssh-keygen -Y sign, or RefStack's hex",
        group=_BELONGS,
    )
    status_list: str | None = option(
        "--status-list",
        metavar="FILE|URL",
        help="of a certificate (default: status-list.json beside it, at its address likewise)",
        group=_BELONGS,
    )
    receipt: tuple[str, ...] = option(
        "--receipt", action="append", metavar="FILE", help="of a log's server", group=_BELONGS
    )
    without: tuple[str, ...] = option(
        "--without",
        action="append",
        choices=_STEPS,
        metavar="STEP",
        help=f"do without a step, at your own risk: {', '.join(_STEPS)}",
    )
    require: str = option(
        "--require",
        choices=("pass", "any"),
        default="pass",
        help="any: a FAIL that was verified is a success, too (default: pass)",
    )
    json: bool = option("--json", action="store_true", help="the steps as JSON")


def run(options: Options, console: Console) -> Exit:
    """Look, and tell."""
    from certmark.app.trust.certificates import is_certificate_at

    return _certificate(options, console) if is_certificate_at(options.file) else _attestation(options, console)


def _certificate(options: Options, console: Console) -> Exit:
    from certmark.app.trust.certificates import CertificateCheck, check
    from certmark.cli.advice import worded
    from certmark.reporting.certificate import CertificateView

    has_receipt = bool(options.receipt or options.witness)
    result = check(
        CertificateCheck(
            place=options.file,
            trust=options.trust(options.without, has_receipt=has_receipt),
            status_list=options.status_list,
            receipts=options.receipt,
        )
    )
    status = of_certificate(result)
    show(CertificateView(result, status=status, advise=worded), console, as_json=options.json)
    return status


def _attestation(options: Options, console: Console) -> Exit:
    from certmark.app.trust.verifying import VerifyRequest, verify
    from certmark.cli.advice import worded
    from certmark.reporting.attestation import VerificationView

    request = VerifyRequest(
        file=options.file,
        trust=options.trust(options.without, has_receipt=bool(options.receipt)),
        attestation=options.attestation,
        bundle=options.bundle,
        signature=options.signature,
        receipts=options.receipt,
    )
    result = verify(request)
    status = of_verification(result, options.require)
    show(VerificationView(result, status=status, advise=worded), console, as_json=options.json)
    return status
