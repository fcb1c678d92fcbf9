"""Sign what a run showed: the bundle, every file in it, the guideline, the verdict, each by its digest.

BUNDLE is a bundle, a run's id or folder, or a report (report.json). It is verified first, and refused
where it does not hold or has a secret in it. The attestation lies beside it: NAME.attestation.json.

exit status: 0 signed, 1 the bundle does not hold, or has a secret in it, 2 usage,
3 bundle or key cannot be read, 5 ssh-agent does not sign
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.output import QuietOption
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.trust.signing import DoesNotHold, Signed


@dataclass(frozen=True, kw_only=True)
class Options(SigningOptions, QuietOption):
    """The options of the verb."""

    bundle: str = argument(metavar="BUNDLE", help="a bundle, a run's id or folder, or a report")
    vendor: str | None = option("--vendor", metavar="V", help="whose cloud it is; policies grant signers by vendor")
    product: str | None = option("--product", metavar="P", help="which product it is")
    product_version: str | None = option("--product-version", metavar="X", help="which version of it")
    output: str | None = option("--output", "-o", metavar="FILE", help="(default: NAME.attestation.json beside it)")
    also: tuple[str, ...] = option(
        "--also",
        choices=("test-result",),
        action="append",
        help="write NAME.test-result.json, too: the public predicate of in-toto, for other tools",
    )
    add: str | None = option(
        "--add", metavar="FILE", help="add your signature to the attestation in FILE, once what it says was verified"
    )
    json: bool = option("--json", action="store_true", help="say what was signed as JSON")


def run(options: Options, console: Console) -> Exit:
    """Sign, unless what is to be signed does not hold."""
    from certmark.app.trust.signing import DoesNotHold, remarks_on
    from certmark.reporting.attestation import SignedView

    result = _signed(options, console)
    if isinstance(result, DoesNotHold):
        console.refuse(f"{result.name} is not signed: {result.problem}")
        return Exit.FAIL
    show(SignedView(result.statement, result.written), console, as_json=options.json)
    if not options.json:
        for remark in remarks_on(result):
            listener(console)(remark)
    return Exit.OK


def _signed(options: Options, console: Console) -> Signed | DoesNotHold:
    from certmark.app.trust.signing import CosignRequest, SignRequest, cosign, product_of, sign

    if (options.vendor is None) != (options.product is None):
        raise InvalidRequest("name both --vendor and --product, or neither")
    product = product_of(options.vendor, options.product, options.product_version)
    if options.add is not None:
        added = CosignRequest(artifact=options.bundle, attestation=options.add, key=options.key, output=options.output)
        return cosign(added, options.passphrase, listener(console))
    request = SignRequest(
        artifact=options.bundle,
        key=options.key,
        product=product,
        output=options.output,
        also_test_result="test-result" in options.also,
    )
    return sign(request, options.passphrase, listener(console))
