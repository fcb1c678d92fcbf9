"""The command line: finds the verb, imports only its module, runs it.

A verb's module has its help as docstring, its options as the dataclass `Options`, and
`run(options, console) -> Exit`. Verbs with verbs of their own (`guideline list`) are rows of the same table.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, NoReturn

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import add_options, parse
from certmark.cli.parser import Parser
from certmark.cli.streams import close_streams, open_streams


class Verb(NamedTuple):
    """A verb: one line of help, and the module that does it."""

    summary: str
    module: str


VERBS = {
    "demo": Verb("show the whole of it on a small real cloud of your own", "run.demo"),
    "judge": Verb("say whether results meet a program of a guideline, and why not", "verdict.judge"),
    "run": Verb("test a cloud with the right suite, judge it, put all on record", "run.run"),
    "resume": Verb("go on with a run that was interrupted or killed", "run.resume"),
    "rerun": Verb("run an earlier run's failed tests again, as further attempts", "run.rerun"),
    "runs": Verb("the runs on this machine, with their verdicts", "runs.list"),
    "runs show": Verb("what is known of a run", "runs.show"),
    "runs remove": Verb("remove runs from this machine", "runs.remove"),
    "cloud doctor": Verb("what would make a run fail on this cloud, before anything runs", "cloud.doctor"),
    "cloud discover": Verb("tempest.conf and accounts.yaml from what a cloud tells of itself", "cloud.discover"),
    "cloud accounts make": Verb("make the users that a run needs", "cloud.accounts_make"),
    "cloud accounts check": Verb(
        "sign in as each user of an accounts file, and say what is missing", "cloud.accounts_check"
    ),
    "cloud accounts delete": Verb("remove the users that were made, and nothing else", "cloud.accounts_delete"),
    "cloud leftovers": Verb("what a run left in the cloud, and its removal", "cloud.leftovers"),
    "guideline list": Verb("the programs and components of a guideline", "guideline.list"),
    "guideline show": Verb("the capabilities and tests of a guideline", "guideline.show"),
    "guideline tests": Verb("the tests that a suite must run for a program", "guideline.tests"),
    "guideline lint": Verb("what is wrong with guideline files, at file and line", "guideline.lint"),
    "guideline diff": Verb("what changed between two guidelines, in the words of the process", "guideline.diff"),
    "guideline coverage": Verb(
        "a guideline against a suite: what exists, moved, vanished, is in no guideline", "guideline.coverage"
    ),
    "guideline score": Verb("capabilities against the weighted criteria: totals, margins, what-if", "guideline.score"),
    "results show": Verb("outcomes, slowest classes, failures by cause, attempts", "results.show"),
    "results diff": Verb("newly failing, fixed, new, gone and unstable tests between two runs", "results.diff"),
    "results convert": Verb("among report JSON, JUnit, subunit v2 and RefStack upload JSON", "results.convert"),
    "sandbox up": Verb("bring up a small real OpenStack cloud on this machine, to try things on", "sandbox.up"),
    "sandbox down": Verb("stop it; with --purge remove it", "sandbox.down"),
    "sandbox status": Verb("what of it runs and answers", "sandbox.status"),
    "sandbox env": Verb("the settings with which clients find it", "sandbox.env"),
    "sandbox logs": Verb("what its services wrote", "sandbox.logs"),
    "bundle show": Verb("what an evidence bundle is of", "bundle.show"),
    "bundle verify": Verb("whether a bundle is whole and consistent, and gives its verdict again", "bundle.verify"),
    "bundle preview": Verb("exactly what would leave this machine with a run's bundle", "bundle.preview"),
    "bundle reveal": Verb("show a reviewer what was removed from a bundle, so that they can check it", "bundle.reveal"),
    "sign": Verb("sign a bundle's report: who says what was tested, how, and with which result", "trust.sign"),
    "verify": Verb("check a signed report step by step, offline", "trust.verify"),
    "replay": Verb("judge old evidence under any guideline or policy, and show what changes", "verdict.replay"),
    "key new": Verb("make a key to sign with", "trust.key_new"),
    "key show": Verb("the public half of a key, its id and its line for allowed signers", "trust.key_show"),
    "key list": Verb("the keys at hand, also those of ssh-agent", "trust.key_list"),
    "waivers sign": Verb("approve a file of waivers with a signature", "trust.waivers_sign"),
    "waivers show": Verb("what waivers excuse, until when, and who approved them", "trust.waivers_show"),
    "suite fetch": Verb("download a suite, for a machine without a package index", "suite.fetch"),
    "completion": Verb("a script with which a shell completes what is typed", "shell.completion"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's) and give its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    console = Console()
    try:
        return _dispatch(words, console)
    except KeyboardInterrupt:
        console.remark("interrupted")
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a person gets a sentence, whatever we did wrong
        return _defect(error, console)


def _defect(error: Exception, console: Console) -> Exit:
    """What nobody foresaw: ours to mend, so it is not one of the refusals."""
    if os.environ.get("CERTMARK_TRACEBACK"):
        raise error
    what = f"{type(error).__name__}: {error}"[:200]
    console.refuse(f"internal error ({what}); please report it with what CERTMARK_TRACEBACK=1 shows")
    return Exit.INTERNAL_ERROR


def run() -> NoReturn:
    """The console script."""
    gc.set_threshold(100_000)  # measured: the collector takes a tenth of a short process and frees nothing in it
    open_streams()
    try:
        status = main()
    except SystemExit as end:  # argparse's way to answer --help and words that it cannot understand
        status = end.code if isinstance(end.code, int) else Exit.OK
    unwritten = close_streams()
    if unwritten is not None and status != Exit.ENVIRONMENT:
        Console.refuse(f"standard output cannot be written: {unwritten}")
        status = Exit.ENVIRONMENT
    gc.freeze()  # likewise at its end, where Python would look through everything once more
    sys.exit(status)


def _dispatch(words: list[str], console: Console) -> int:
    words = _after_globals(words)
    if words[:1] == ["help"] and " ".join(words[1:]) in VERBS:
        words = [*words[1:], "--help"]
    name = next((" ".join(words[:length]) for length in (3, 2, 1) if " ".join(words[:length]) in VERBS), None)
    rest = [] if name is None else words[len(name.split()) :]
    is_family = name is not None and any(verb.startswith(f"{name} ") for verb in VERBS)
    if name is None or (is_family and rest and not rest[0].startswith("-")):
        from certmark.cli.help import answer  # most commands name a verb

        return answer(words, VERBS, console)
    return _run(name, VERBS[name], rest, console)


def _after_globals(words: list[str]) -> list[str]:
    """`words` without what stands before a verb, as `openstack` has it: `--os-cloud NAME`, done here, and `--debug`."""
    later = []
    while len(words) > 1:
        option, equals, name = words[0].partition("=")
        if words[0] == "--debug":
            later, words = ["--debug"], words[1:]
        elif option == "--os-cloud":
            os.environ["OS_CLOUD"] = name if equals else words[1]
            words = words[1 if equals else 2 :]
        else:
            break
    return [*words, *later]


def _run(name: str, verb: Verb, rest: list[str], console: Console) -> int:
    module = import_module(f"certmark.cli.{verb.module}")
    parser = Parser(prog=f"certmark {name}", description=module.__doc__)
    add_options(parser, module.Options)
    options = parse(module.Options, parser, rest)
    console.quiet = getattr(options, "quiet", False)
    if getattr(options, "debug", False):
        from certmark.cli.debugging import show_calls  # which brings what talks to clouds

        show_calls(console)
    try:
        return int(module.run(options, console))
    except Exception as error:
        from certmark.cli.errors import sentence_of, status_of  # most commands end without a refusal

        status = status_of(error)
        if status is None:
            raise
        console.refuse(sentence_of(error))
        return status
