"""The command line: finds the verb, imports only its module, runs it.

A verb's module has its help as docstring, its options as the dataclass `Options`, and
`run(options, console) -> Exit`. Verbs with verbs of their own (`guideline list`) are rows of the same table.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, NoReturn

from certmark.cli.console import Console, LastingStream
from certmark.cli.exits import Exit
from certmark.cli.options import add_options, parse
from certmark.cli.options.collisions import check_outputs
from certmark.version import __version__


class Verb(NamedTuple):
    """A verb: one line of help, and the module that does it."""

    summary: str
    module: str


VERBS = {
    "demo": Verb("show the whole of it on a small real cloud of your own", "run.demo"),
    "judge": Verb("say whether results meet a program of a guideline, and why not", "verdict.judge"),
    "run": Verb("test a cloud with the right suite, judge it, and put everything on record", "run.run"),
    "resume": Verb("go on with a run that was interrupted or killed", "run.resume"),
    "rerun": Verb("run an earlier run's failed tests again, as further attempts", "run.rerun"),
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
}


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the window; argparse would import shutil to find that out, at every start."""

    def __init__(self, prog: str) -> None:
        try:
            width = os.get_terminal_size(sys.stdout.fileno()).columns
        except (OSError, ValueError):
            width = 100
        super().__init__(prog, width=min(width, 120) - 2)


class _Parser(argparse.ArgumentParser):
    """argparse with one sentence for a usage error."""

    def error(self, message: str) -> NoReturn:
        self.exit(Exit.USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's) and give its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    console = Console()
    try:
        return _dispatch(words, console)
    except KeyboardInterrupt:
        console.remark("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; that is no fault
        return Exit.OK
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
    sys.stderr = LastingStream(sys.stderr)
    gc.set_threshold(100_000)  # measured: the collector takes a tenth of a short process and frees nothing in it
    status = main()
    gc.freeze()  # likewise at its end, where Python would look through everything once more
    sys.exit(status)


def _dispatch(words: list[str], console: Console) -> int:
    for length in (3, 2, 1):
        verb = VERBS.get(" ".join(words[:length]))
        if verb is not None and len(words) >= length:
            return _run(" ".join(words[:length]), verb, words[length:], console)
    return _top(words, console)


def _run(name: str, verb: Verb, rest: list[str], console: Console) -> int:
    module = import_module(f"certmark.cli.{verb.module}")
    parser = _Parser(
        prog=f"certmark {name}", description=module.__doc__, formatter_class=_Formatter, allow_abbrev=False
    )
    add_options(parser, module.Options)
    options = parse(module.Options, parser, rest)
    console.quiet = getattr(options, "quiet", False)
    try:
        check_outputs(options)
        return int(module.run(options, console))
    except Exception as error:
        from certmark.cli.errors import sentence_of, status_of  # most commands end without a refusal

        status = status_of(error)
        if status is None:
            raise
        console.refuse(sentence_of(error))
        return status


def _top(words: list[str], console: Console) -> int:
    group = words[0] if words else ""
    verbs = {name: verb for name, verb in VERBS.items() if name.startswith(f"{group} ")} or VERBS
    prog = f"certmark {group}" if verbs is not VERBS else "certmark"
    width = max(len(name) for name in verbs)
    listing = "\n".join(f"  {name:<{width}}  {verb.summary}" for name, verb in verbs.items())
    parser = _Parser(
        prog=prog,
        usage=f"{prog} VERB ...",
        description=f"verbs:\n{listing}\n\nEvery verb has --help.",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"certmark {__version__}")
    rest = words if verbs is VERBS else words[1:]
    if not rest:
        parser.print_help(sys.stderr)
        return Exit.USAGE
    _, unknown = parser.parse_known_args(rest)
    console.refuse(
        f"there is no verb {' '.join([*words[: 1 if verbs is not VERBS else 0], *unknown[:1]])!r}; see {prog} --help"
    )
    return Exit.USAGE
