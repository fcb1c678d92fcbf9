"""Make and fill Keystone's database: `keystone_prepare.py CONFIG OPTION...`, options as of `keystone-manage bootstrap`.

One process does what takes two calls of keystone-manage, because importing Keystone is most of the
time. The password comes in the environment (OS_BOOTSTRAP_PASSWORD). Both halves may be done again.
"""

import sys
from importlib import import_module


def main(config: str, options: list[str]) -> None:
    """Migrate, then make the admin, the first roles and the identity service."""
    cli = import_module("keystone.cmd.cli")
    settings = import_module("keystone.conf").CONF
    cli.main(["keystone-manage", "--config-file", config, "db_sync"])
    settings.reset()  # else it refuses a second command line
    cli.main(["keystone-manage", "--config-file", config, "bootstrap", *options])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
