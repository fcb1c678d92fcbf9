"""The script that reads anew what clients and tools call."""

from __future__ import annotations

import subprocess
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "renew_api_use.py"
GO = """package a
import (
\t"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
\tlb "github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
)
func f() { servers.Create(nil); servers.ExtractServers(nil); lb.Get(nil); lb.ListOpts{}; other.Get() }
"""
SDK = {
    "openstack/cloud/_compute.py": "class A:\n    def f(self):\n        self.compute.create_server(1)\n",
    "openstack/compute/v2/_proxy.py": "class Proxy:\n    def create_server(self): ...\n    def lock_server(self): ...\n",
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = util.spec_from_file_location("renew_api_use", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def checkout(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all", "--date", "2027-01-02T00:00:00Z"]):
        subprocess.run([*git, *words], check=True)
    return folder


def test_calls_are_found_with_their_first_place(script: ModuleType, tmp_path: Path) -> None:
    go = checkout(tmp_path / "go", {"pkg/a.go": GO, "pkg/a_test.go": GO.replace("Create", "Delete")})
    sdk = checkout(tmp_path / "sdk", SDK)
    sources = {"tool": {"speaks_for": "tools"}, "sdk": {"speaks_for": "clients"}}
    found = script.renewed({"format": "certmark-api-use", "sources": sources}, {"tool": go, "sdk": sdk})
    assert found["go"] == {
        "compute/v2/servers": {"Create": {"tool": "pkg/a.go:6"}},
        "loadbalancer/v2/loadbalancers": {"Get": {"tool": "pkg/a.go:6"}},
    }
    assert found["python"] == {
        "compute": {"create_server": "openstack/cloud/_compute.py:3", "lock_server": "openstack/compute/v2/_proxy.py"}
    }
    assert [len(found["sources"][source]["commit"]) for source in ("tool", "sdk")] == [40, 40]


def test_a_source_that_is_not_named_is_asked_for(script: ModuleType) -> None:
    with pytest.raises(SystemExit, match="name a checkout of tool"):
        script.renewed({"sources": {"tool": {"speaks_for": "tools"}}}, {})
