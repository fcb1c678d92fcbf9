"""The command line: finds the verb, imports only its module, runs it.

A verb's module has its help as docstring, its options as the dataclass `Options`, and
`run(options, console) -> Exit`. Verbs with verbs of their own (`guideline list`) are rows of the same table.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import add_options, parse
from certmark.cli.options.collisions import check_outputs
from certmark.cli.parser import Parser
from certmark.cli.streams import close_streams, open_streams
from certmark.cli.verbs import VERBS, Verb

__all__ = ["VERBS", "Verb", "main", "run"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's) and give its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    console = Console()
    try:
        return _dispatch(words, console)
    except KeyboardInterrupt:
        console.remark("interrupted")
        return Exit.INTERRUPTED
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            return _defect(error, console)
        console.refuse(f"standard output cannot be written: {error.strerror}")
        return Exit.ENVIRONMENT
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
    is_family = name is not None and not VERBS[name].takes_words and any(verb.startswith(f"{name} ") for verb in VERBS)
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
    prefix = getattr(module, "VARIABLES", None)
    if prefix is not None:
        from certmark.cli.options.variables import with_variables  # few verbs are begun by wrappers

        rest = with_variables(prefix, module.Options, rest, os.environ, parser)
    options = parse(module.Options, parser, rest)
    console.quiet = getattr(options, "quiet", False)
    if getattr(options, "debug", False):
        from certmark.cli.debugging import show_calls  # which brings what talks to clouds

        show_calls(console)
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
