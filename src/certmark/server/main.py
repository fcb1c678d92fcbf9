"""`certmark-server`: serve, and what an operator does beside."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.server.settings import Settings, read_settings


def main(words: list[str] | None = None) -> int:
    """Do what the first word says; the exit status."""
    parser = argparse.ArgumentParser(
        prog="certmark-server", description="Receives, keeps and judges results of clouds."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    serve_ = verbs.add_parser("serve", help="answer programs and people")
    serve_.add_argument("--data", metavar="DIR", help="the folder of the server, made if absent")
    serve_.add_argument("--listen", metavar="HOST:PORT", help="where it listens (default: 127.0.0.1:8300)")
    serve_.add_argument("--config", metavar="FILE", type=Path, help="settings, in TOML")
    migrate_ = verbs.add_parser("migrate", help="bring the database to the form that this program needs")
    migrate_.add_argument("--data", metavar="DIR", help="the folder of the server")
    migrate_.add_argument("--config", metavar="FILE", type=Path, help="settings, in TOML")
    options = parser.parse_args(words)
    try:
        if options.verb == "migrate":
            return migrate(read_settings(options.config, os.environ, data=options.data))
        settings = read_settings(options.config, os.environ, data=options.data, listen=options.listen)
        return serve(settings)
    except (InvalidRequest, CannotProceed) as error:
        print(f"certmark-server: {error}", file=sys.stderr)  # noqa: T201 - a console script
        return 2 if isinstance(error, InvalidRequest) else 5


def migrate(settings: Settings) -> int:
    """Bring the database to the form that this program needs. Raises CannotProceed."""
    from certmark.server.opening import database_url
    from certmark.server.store import migrating

    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = database_url(settings)
    before = migrating.form_of(url)
    migrating.migrate(url)
    print(f"certmark-server: the database has the form {migrating.HEAD}; it had {before.step or 'none'}")  # noqa: T201 - a console script
    return 0


def serve(settings: Settings) -> int:
    """Answer until it is told to end. Raises InvalidRequest or CannotProceed."""
    import uvicorn

    from certmark.server.api.application import application
    from certmark.server.opening import opened

    with opened(settings) as (services, identify):
        config = uvicorn.Config(
            application(services, identify),
            host=settings.listen.host,
            port=settings.listen.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(settings.shutdown_time),
        )
        print(f"certmark-server: {settings.public_url or settings.listen.url}", flush=True)  # noqa: T201 - likewise
        uvicorn.Server(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
