"""Run a command of Swift with its configuration in $SWIFT_DIR: `swift_run.py swift-object-server CONFIG OPTION...`.

Swift has /etc/swift compiled in as the place of swift.conf; that folder needs root and is one for the
whole machine.
"""

import os
import runpy
import sys
from importlib import import_module
from pathlib import Path


def main(command: str, options: list[str]) -> None:
    """Point every module that knows the place of swift.conf elsewhere, then run the command."""
    place = str(Path(os.environ["SWIFT_DIR"]) / "swift.conf")
    attribute = "SWIFT_CONF_FILE"
    for name in ("swift.common.utils", "swift.common.utils.config", "swift.common.storage_policy"):
        module = import_module(name)
        if hasattr(module, attribute):
            setattr(module, attribute, place)
    script = Path(sys.executable).parent / command
    sys.argv = [str(script), *options]
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
