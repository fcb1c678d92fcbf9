"""A compute sandbox without processes, and its APIs as a simulator: what the tests of the profile stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from certmark.sandbox.compute.config import PORTS
from certmark.sandbox.state import Sandbox


def a_sandbox(folder: Path) -> Sandbox:
    """A sandbox of the profile with its usual ports and an environment that has what the profile takes from it."""
    sandbox = Sandbox.create(folder / "sandbox", "compute")
    sandbox.record_ports(PORTS)
    sandbox.environment = folder / "cache" / "environment"
    paste = sandbox.environment / "etc" / "nova" / "api-paste.ini"
    paste.parent.mkdir(parents=True)
    paste.write_text("[composite:osapi_compute]\n", encoding="utf-8")
    return sandbox


class CloudSimulator:
    """Glance, Neutron, Nova and Cinder as far as the profile asks them: what was made is listed afterwards."""

    def __init__(self) -> None:
        self.things: dict[str, list[dict[str, Any]]] = {}
        self.made: list[str] = []
        """What was made, by the name of its collection, in order."""

    def get(self, _: str, path: str) -> dict[str, Any]:
        split = urlsplit(path)
        kind = split.path.strip("/")
        wanted = {key: values[0] for key, values in parse_qs(split.query).items()}
        found = [thing for thing in self.things.get(kind, []) if all(thing.get(k) == v for k, v in wanted.items())]
        return {"volume_types" if kind == "types" else kind: found}

    def ask(self, method: str, service: str, path: str, body: object = None) -> dict[str, Any]:
        words = path.strip("/").split("/")
        if method == "PUT" and words[-1] == "file":
            self._one("images", words[1])["status"] = "active"
            return {}
        if method == "PUT" and words[-1] == "add_router_interface":
            assert isinstance(body, dict)
            port = {"device_id": words[1], "fixed_ips": [{"subnet_id": body["subnet_id"]}]}
            self._keep("ports", port)
            return {}
        assert method == "POST"
        assert isinstance(body, dict)
        return self._make(service, words[0], body)

    def _make(self, service: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        if service == "glance":
            return self._keep(kind, {**body, "status": "queued"})
        (name, described), *_ = body.items()
        return {name: self._keep(kind, described)}

    def _keep(self, kind: str, thing: dict[str, Any]) -> dict[str, Any]:
        kept = {"id": f"{kind}-{len(self.made)}", **thing}
        self.things.setdefault(kind, []).append(kept)
        self.made.append(kind)
        return kept

    def _one(self, kind: str, number: str) -> dict[str, Any]:
        return next(thing for thing in self.things[kind] if thing["id"] == number)
