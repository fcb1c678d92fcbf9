"""Whether a log is whole: every hash is computed again from the entries, and compared with all that was signed.

Anybody who has a copy of the folder can do that. With --log-key the signature of the last checkpoint is checked,
too; with --published, that the log continues what others got of it.

exit status: 0 whole, 1 whole, and times in it run backwards, 2 usage, 3 damaged, or it contradicts what was
signed or published of it
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.logs import LogOptions, PublishedOptions
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(LogOptions, PublishedOptions, JsonOption):
    """The options of the verb."""

    log_key: tuple[str, ...] = option(
        "--log-key", action="append", metavar="KEY", help="of the log: a key, or a file with one"
    )
    witness: tuple[str, ...] = option(
        "--witness", action="append", metavar="KEY", help="of a witness whose cosignature is looked for"
    )


def run(options: Options, console: Console) -> Exit:
    """Look at all of it."""
    from certmark.app.log.keeping import AuditRequest, audit_log
    from certmark.reporting.logs import LogAuditView

    request = AuditRequest(
        folder=options.folder,
        log_keys=options.log_key,
        witnesses=options.witness,
        published=options.published,
    )
    found = audit_log(request)
    view = LogAuditView(found.size, found.root, found.signed, found.opened, found.published, found.backwards)
    show(view, console, as_json=options.json)
    return Exit.OK if found.backwards is None else Exit.FAIL
