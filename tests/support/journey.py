"""A programme on a server with people, a vendor with a product, and evidence that the command line makes and signs."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from certmark.cli.main import main
from certmark.domain.permissions import Role
from certmark.evidence.results import read_evidence
from certmark.formats.results.subunit.write import write_v2
from certmark.server import ids
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.services import offices
from support.signed_in import Site
from support.ssh_proofs import signature_of

SUBJECT = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
UID = "6fd3a8e3-1f44-4a3b-9c20-0123456789ab"
PEOPLE = ("admin", "designate", "office", "alpha", "beta", "customer")


class Journey:
    """One vendor's way through one programme; people act as they do on the API, with a browser each."""

    def __init__(self, site: Site, folder: Path, programme: str) -> None:
        self.site, self.folder, self.programme = site, folder, programme
        self.sign_in()
        self.askers = {name: self._asker(name) for name in PEOPLE}
        offices.appoint(site.services, "office", frozenset({Role.OFFICE}), "Foundation")
        for name in ("alpha", "beta"):
            offices.appoint(site.services, name, frozenset({Role.REVIEWER}), name.title())

    def sign_in(self) -> None:
        """Everybody, now."""
        self.browsers = {name: self.site.signed_in(name) for name in PEOPLE}

    def later(self, days: int) -> None:
        """The clock goes on, and people come back."""
        self.site.clock.ahead += days * 86_400
        self.sign_in()

    def _asker(self, name: str) -> Asker:
        return Asker(ids.read(self.ask(name, "GET", "/account")["id"]), name, EVERYTHING)

    def ask(self, who: str, method: str, path: str, **more: Any) -> Any:
        """What the API answers to somebody whom it refuses nothing."""
        headers = {"Sec-Fetch-Site": "same-origin", "If-Match": "*"}
        answer = self.browsers[who].ask(method, f"{self.site.url}/api/v2{path}", headers=headers, **more)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json() if answer.content else None

    def vendor(self, *clouds: str, agreement: str | None = None, product: str = "Acme Cloud") -> None:
        """An approved vendor with a designate and one version of a product; it accepts the agreement, if there is one."""
        place = self._place = f"/vendors/{self.ask('admin', 'POST', '/vendors', json={'name': 'Acme'})['id']}"
        word = self.ask("admin", "POST", f"{place}/invitations", json={})["word"]
        self.ask("designate", "POST", "/invitations", json={"word": word})
        person = ids.written(self.askers["designate"].identity or b"")
        self.ask(
            "office", "PUT", f"{place}/designate", json={"role": "designate", "person": person, "reason": "A letter."}
        )
        self.ask("admin", "POST", f"{place}/approval")
        self.ask("office", "POST", f"{place}/decision", json={"approve": True, "reason": "Known."})
        if agreement is not None:
            text = f"/agreements?name={agreement}&version=1"
            published = self.ask("office", "POST", text, data=b"We keep to the terms.")
            self.ask("designate", "POST", f"{place}/agreements", json={"sha256": published["sha256"]})
        new = {"name": product, "kind": "public cloud"}
        made = self.ask("admin", "POST", f"{place}/products", json=new)
        named = {"name": "7", "clouds": list(clouds)}
        self.version = self.ask("admin", "POST", f"/products/{made['id']}/versions", json=named)["id"]

    def attested(self, results: Path, *words: str) -> str:
        """The run: results as a bundle, signed by a key of the vendor, sent, and attached to the product version."""
        bundle, key = self.folder / f"{results.name}.tar.gz", self._key()
        assert run("bundle", "make", results, *words, "-o", bundle) == 0
        about = ("--vendor", "Acme", "--product", "Acme Cloud", "--product-version", "7")
        assert run("sign", bundle, "--key", key, *about) == 0
        token = self.ask("admin", "POST", "/account/tokens", json={"label": results.name, "days": 1})["token"]
        file = self.folder / "token"
        file.write_text(token)
        assert run("submit", bundle, "--server", self.site.url, "--token-file", file, "--wait") == 0
        (newest, *_) = self.ask("admin", "GET", "/runs?of=mine")["runs"]
        self.ask("admin", "PUT", f"/runs/{newest['id']}/claim", json={"version": self.version})
        return str(newest["id"])

    def _key(self) -> Path:
        """A key of the vendor, proven to the server."""
        file = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(file)], check=True, timeout=60)
        challenge = self.ask("admin", "POST", f"{self._place}/challenges")["challenge"]
        body = {
            "key": file.with_suffix(".pub").read_text(),
            "challenge": challenge,
            "signature": signature_of(file, challenge),
        }
        self.ask("admin", "POST", f"{self._place}/keys", json=body)
        return file

    def apply(self, program: str, guideline: str, runs: Sequence[str], **said: Any) -> None:
        """A draft of the vendor."""
        new = {"version": self.version, "programme": self.programme, "program": program, "guideline": guideline}
        self._application = f"/applications/{self.ask('admin', 'POST', '/applications', json=new)['id']}"
        self.edit(runs=runs, **said)

    def edit(self, **said: Any) -> None:
        """What the draft says otherwise."""
        self.ask("admin", "PATCH", self._application, json=said)

    def missing(self, who: str = "designate") -> Mapping[str, str]:
        """What would be refused, by the word of the check."""
        found = self.ask(who, "GET", f"{self._application}/checks")
        return {one["word"]: one["sentence"] for one in found["checks"] if not one["in_order"]}

    def take(self, who: str, event: str, **values: Any) -> str:
        """The state behind a step."""
        return str(self.ask(who, "POST", f"{self._application}/{event}", json={"values": values})["state"])

    def reviewed(self, *reviewers: str) -> None:
        """What was submitted is looked at, and a grant is proposed."""
        self.take("office", "complete")
        for reviewer in reviewers:
            self.take("office", "assign", reviewer=reviewer)
            self.take(reviewer, "tick", item="evidence", answer="yes")
            self.take(reviewer, "recommend", recommendation="grant", text="Looked at it.", no_conflict=True)
        assert self.take("office", "propose", decision="grant", reason="All is there.") == "objection window"

    def days(self) -> tuple[dt.datetime, dt.datetime]:
        """From when to when the certificate holds."""
        found = self.certificate()
        return dt.datetime.fromisoformat(found["valid_from"]), dt.datetime.fromisoformat(found["valid_until"])

    def yesterday(self) -> dt.datetime:
        """By the server's clock."""
        return dt.datetime.fromtimestamp(self.site.clock() / 1e6, dt.UTC) - dt.timedelta(days=1)

    def public(self, path: str) -> str:
        """What a page says to everybody."""
        answer = requests.get(f"{self.site.url}{path}", timeout=60)
        assert answer.status_code == 200, (path, answer.text)
        return answer.text

    def certificate(self) -> dict[str, Any]:
        """What came of it, as everybody sees it."""
        number = self.ask("designate", "GET", self._application)["content"]["certificate"]
        return dict(json.loads(self.public(f"/api/v2/certificates/{number}")))


def run(*words: object) -> int:
    """A command of Certmark; its exit status."""
    return main([str(word) for word in words])


def moved(stream: Path, to: Path, ended: dt.datetime) -> Path:
    """The results of `stream` as if the last of them had ended then."""
    (piece,) = read_evidence(str(stream), digest=False)
    attempts = piece.attempts
    ahead = int(ended.timestamp() * 1e9) - max(one.stopped or 0 for one in attempts)
    later = (one._replace(started=None if one.started is None else one.started + ahead) for one in attempts)
    with to.open("wb") as file:
        write_v2(later, file)
    return to


def sonobuoy(to: Path, results: bytes) -> Path:
    """A tarball as Sonobuoy makes it."""
    items = [{"metadata": {"name": "kube-system", "uid": UID}}]
    members = {
        "plugins/e2e/results/global/junit_01.xml": results,
        "resources/cluster/core_v1_Namespaces.json": json.dumps({"items": items}).encode(),
    }
    with tarfile.open(to, mode="w:gz") as archive:
        for path, content in members.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return to
