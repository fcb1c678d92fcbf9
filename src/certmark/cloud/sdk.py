"""What is used of openstacksdk: its reading of clouds.yaml, without its clients, which take as long to import again.

`import openstack.config` runs the package's own `__init__` first, and that imports every client there is. Here
the package is put in place without running it; whoever asks it for `connect` later gets the whole library.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from typing import Any

_NEEDS_ALL = frozenset({"connect", "enable_logging"})
"""What `openstack/__init__` defines itself; all else is a module beneath it."""


@cache
def loader() -> Any:
    """The module `openstack.config.loader`, which reads clouds.yaml and OS_*."""
    _put_in_place()
    import openstack.config.loader as found

    return found


def hush_libraries() -> None:
    """The libraries' own warnings would stand beside our sentence."""
    import logging
    import warnings

    _put_in_place()
    from openstack import warnings as theirs

    # Of their own past and future; a person at the terminal can do nothing about them.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"openstack|keystoneauth1|stevedore")
    for category in vars(theirs).values():
        if isinstance(category, type) and issubclass(category, Warning):
            warnings.simplefilter("ignore", category=category)
    for name in ("keystoneauth", "openstack", "stevedore", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())


def _put_in_place() -> None:
    """The package with its modules to be found, and its `__init__` not run yet."""
    spec = None if "openstack" in sys.modules else importlib.util.find_spec("openstack")
    if spec is None or spec.loader is None:
        return  # it is there, or the import that follows says what is missing
    package, whole = importlib.util.module_from_spec(spec), spec.loader

    def missing(name: str) -> Any:
        if name not in _NEEDS_ALL:
            raise AttributeError(name)
        whole.exec_module(package)
        return getattr(package, name)

    package.__getattr__ = missing  # type: ignore[method-assign]  # PEP 562, from outside
    sys.modules["openstack"] = package
