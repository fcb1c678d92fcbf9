"""Whether an evidence bundle is whole and consistent, and judged again gives its verdict.

Every member is compared with the manifest, the journal with the streams, the report with the
results, and the results are judged again by the guideline in the bundle. Who made the bundle is not
looked at: that is for signatures to say.

exit status: 0 everything holds, 1 something does not, 2 usage, 3 the bundle cannot be read
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    bundle: str = argument(metavar="BUNDLE", help="a file, or the folder or the id of a run")
    revealed: str | None = option(
        "--revealed",
        metavar="FILE",
        help="what the operator shows of removed values (certmark bundle reveal): check it",
    )


def run(options: Options, console: Console) -> Exit:
    """Verify, and show every check."""
    from certmark.app.bundles import attestation_of, verify_evidence
    from certmark.reporting.bundles import BundleChecksView

    found = verify_evidence(options.bundle, options.revealed)
    show(BundleChecksView(found), console, as_json=options.json)
    if attestation_of(options.bundle) is None:
        console.remark("the manifest itself is covered by nothing here: only a signature says who made the bundle")
    else:
        console.remark("no signature was looked at; certmark verify checks the one that lies beside it")
    return Exit.OK if found.holds else Exit.FAIL
