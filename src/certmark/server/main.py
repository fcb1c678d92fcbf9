"""`certmark-server`: finds the verb, imports only its module, runs it."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.suggestions import did_you_mean
from certmark.server.admin.exits import ServerExit
from certmark.server.admin.verbs import VERBS
from certmark.server.settings import read_settings

_STATUS = (
    (InvalidRequest, ServerExit.USAGE),
    (InvalidInput, ServerExit.UNREADABLE),
    (CannotProceed, ServerExit.ENVIRONMENT),
    (OSError, ServerExit.ENVIRONMENT),
)
_EXTRAS = {
    "psycopg": "server,postgresql",
    "psycopg_pool": "server,postgresql",
    "obstore": "server,s3",
    "pymysql": "server,refstack",
}
"""For libraries that not every server needs: what installs them."""
_HEAD = "certmark-server receives, keeps and judges results of clouds.\n\nusage: certmark-server VERB ...\n\n"
_TAIL = "\n`certmark-server VERB --help` says more; settings are described in docs/reference/server-settings.md.\n"


def run() -> NoReturn:
    """The console script."""
    sys.exit(main())


def main(words: list[str] | None = None) -> int:
    """Do what the first words say; the exit status."""
    given = sys.argv[1:] if words is None else words
    name = next((" ".join(given[:length]) for length in (2, 1) if " ".join(given[:length]) in VERBS), None)
    if name is None:
        return _help(given)
    try:
        return _run(name, given[len(name.split()) :])
    except KeyboardInterrupt:
        return ServerExit.OK if name in {"serve", "worker"} else 130
    except Exception as error:
        extra = _missing_extra(error)
        if extra is not None:
            _refuse(
                f"the server's libraries are not installed: pip install 'certmark[{extra}]', or '.[{extra}]' in a clone"
            )
            return ServerExit.ENVIRONMENT
        status = next((status for family, status in _STATUS if isinstance(error, family)), None)
        if status is None:
            if os.environ.get("CERTMARK_TRACEBACK"):
                raise
            _refuse(f"internal error ({type(error).__name__}); please report it with what CERTMARK_TRACEBACK=1 shows")
            return ServerExit.INTERNAL_ERROR
        _refuse(_sentence(error))
        return status


def _sentence(error: Exception) -> str:
    """What was wrong, without the numbers of the system."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def parser_of(name: str) -> argparse.ArgumentParser:
    """The arguments of a verb, and its help."""
    module = import_module(f"certmark.server.admin.{VERBS[name].module}")
    parser = argparse.ArgumentParser(
        prog=f"certmark-server {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.declare(parser)
    parser.add_argument("--data", metavar="DIR", help="the folder of the server (default: certmark-data)")
    parser.add_argument("--config", metavar="FILE", type=Path, help="settings, in TOML")
    return parser


def _run(name: str, words: list[str]) -> int:
    given = parser_of(name).parse_args(words)
    settings = read_settings(given.config, os.environ, data=given.data, listen=getattr(given, "listen", None))
    module = import_module(f"certmark.server.admin.{VERBS[name].module}")
    return int(module.run(settings, given))


def _missing_extra(error: Exception) -> str | None:
    """What was not installed with Certmark, if that is why it broke."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None or error.name.startswith("certmark"):
        return None
    return _EXTRAS.get(error.name.partition(".")[0], "server")


def _help(given: list[str]) -> int:
    is_asked = not given or given[0] in {"help", "-h", "--help"}
    if not is_asked:
        named = " ".join(given[:2]) if any(verb.startswith(f"{given[0]} ") for verb in VERBS) else given[0]
        _refuse(f"there is no verb {named[:60]!r}{did_you_mean(named, VERBS)}")
    listed = "".join(f"  {name:<20} {verb.summary}\n" for name, verb in VERBS.items())
    print(_HEAD + listed + _TAIL, end="", file=sys.stdout if is_asked else sys.stderr)
    return ServerExit.OK if given and is_asked else ServerExit.USAGE


def _refuse(sentence: str) -> None:
    print(f"certmark-server: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    run()
