"""Test a cloud by a tempest.conf and a list of tests, as refstack-client did; judge it, save it, and send it with -u.

Tempest is installed by Certmark, and the run is one of certmark run: it has a folder with everything in it, certmark
resume goes on with it, and all of the list must pass. What passed is saved as JSON in .tempest/.stestr or .stestr
([TAG-]N.json), for refstack-client upload. With neither a list nor words behind -- all tests of Tempest are run.

Behind -- stand words of tempest run: REGEX, --regex, --exclude-regex, --include-list, --exclude-list, --load-list,
--smoke, --serial, --parallel, --concurrency.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable, 2 usage, or the server refuses, 3 something is unreadable
or contradicts itself, or -u and nothing passed, 5 the cloud, the suite or the server does not let it begin or go on,
130 interrupted
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.refstack import RefStackOptions
from certmark.cli.options.run import RunReportOptions
from certmark.cli.refstack.sending import send
from certmark.cli.refstack.tempest_words import tempest_words

if TYPE_CHECKING:
    from certmark.app.refstack.running import RefStackRunRequest


@dataclass(frozen=True, kw_only=True)
class Options(RefStackOptions):
    """The options of the verb."""

    conf_file: Path = option("-c", "--conf-file", required=True, type=Path, metavar="FILE", help="a tempest.conf")
    result_file_tag: str | None = option(
        "-r", "--result-file-tag", metavar="TAG", help="what the name of the JSON begins with"
    )
    test_list: str | None = option("--test-list", metavar="FILE|URL", help="a list of tests")
    upload: bool = option("-u", "--upload", action="store_true", help="send the JSON; who is at a terminal is asked")
    parallel: bool = option(
        "-p", "--parallel", action="store_true", help="as many classes at a time as the accounts are enough for"
    )
    words: tuple[str, ...] = argument(nargs="*", metavar="WORD", help="behind --: words of tempest run")

    def request(self) -> RefStackRunRequest:
        """What is asked of the application. Raises InvalidRequest or OSError."""
        from certmark.app.refstack.running import RefStackRunRequest

        words = tempest_words(self.words)
        is_parallel = (self.parallel or words.parallel) and not words.serial
        return RefStackRunRequest(
            conf=self.conf_file,
            chosen=words.chosen(self.test_list),
            workers=None if is_parallel and words.concurrency == 1 else words.concurrency,
            tag=self.result_file_tag,
            is_checked=not self.insecure,
        )


def run(options: Options, console: Console) -> Exit:
    """Run, save, send."""
    from certmark.app.refstack.running import run_for_refstack
    from certmark.cli.run.displays import listening, status_of

    options.check()
    if options.upload:
        options.server_request()  # it is no time to learn that none is named when the tests have run
    reports = RunReportOptions(quiet=options.silent, full=options.verbose > 0)
    with listening(reports, console) as listeners:
        saved = run_for_refstack(options.request(), listeners)
    status = status_of(saved.came_to, reports, console)
    if saved.path is None:
        return Exit.UNREADABLE if status is Exit.OK else status
    if options.upload:
        _send(saved.path, options, console)
    return status


def _send(path: Path, options: Options, console: Console) -> None:
    """Raises as `send`, with a word of what is saved where the server is away."""
    from certmark.app.refstack.server import saved_upload
    from certmark.client.connection import ServerAway
    from certmark.domain.advice import Action, Advice
    from certmark.domain.errors import CannotProceed

    try:
        send(saved_upload(str(path)), options, console, is_said=True)
    except ServerAway as error:
        advice = Advice(Action.UPLOAD_SAVED, str(path))
        raise CannotProceed(f"the run is judged and saved, and was not sent: {error}", advice) from error
