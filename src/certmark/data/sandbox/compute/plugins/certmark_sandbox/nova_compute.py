"""Starts nova-compute with `servers` as a driver; Nova takes a driver only from below `nova.virt`."""

# The order matters: the start-up module patches the standard library before anything else of Nova is imported.
from nova.cmd import compute  # type: ignore[import-not-found]  # isort: skip  # only the sandbox's environment has Nova
import sys

from certmark_sandbox import servers  # type: ignore[import-not-found]  # found on the sandbox's own path

sys.modules["nova.virt.certmark_sandbox"] = servers

if __name__ == "__main__":
    compute.main()
