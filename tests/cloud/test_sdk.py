"""Of openstacksdk only what reads clouds.yaml is loaded, and the rest is there for whoever asks for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

FIRST = (
    "import certmark.cloud.sdk as sdk, sys; sdk.hush_libraries(); sdk.loader().OpenStackConfig(load_yaml_config=False)"
)


def said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("module", ["openstack.connection", "openstack.cloud.openstackcloud", "psutil"])
def test_its_clients_are_not_loaded(module: str) -> None:
    assert said(f"{FIRST}; print({module!r} in sys.modules)") == "False"


def test_somebody_else_in_the_process_has_all_of_it() -> None:
    assert said(f"{FIRST}; import openstack; print(openstack.connect.__name__, openstack.connection.Connection.__name__)"
                ) == "connect Connection"  # fmt: skip


def test_what_is_loaded_already_stays() -> None:
    assert (
        said(f"import openstack; before = openstack; {FIRST}; import openstack; print(openstack is before)") == "True"
    )
