"""Print the settings with which OpenStack's clients find the sandbox, for eval "$(certmark sandbox env)".

The entry certmark-sandbox is a member user; certmark-sandbox-admin, with --admin, may do everything.

exit status: 0 printed, 2 usage, 5 there is no finished sandbox
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.sandbox import SandboxOptions


@dataclass(frozen=True, kw_only=True)
class Options(SandboxOptions):
    """The options of the verb."""

    admin: bool = option("--admin", action="store_true", help="as the admin")


def run(options: Options, console: Console) -> Exit:
    """Print two settings for a shell."""
    import shlex

    from certmark.app.sandbox import settings_of

    found = settings_of(options.choice, admin=options.admin)
    console.data(f"export OS_CLIENT_CONFIG_FILE={shlex.quote(str(found.clouds_file))} OS_CLOUD={found.cloud}")
    return Exit.OK
