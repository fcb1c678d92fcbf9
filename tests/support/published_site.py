"""A publisher of guidelines with a key and a folder, and a web server that serves it as any does."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from certmark.app.guideline.publishing import Publication, PublishRequest, publish
from certmark.trust.envelopes import Envelope, seal, write_envelope
from certmark.trust.keys.files import FileSigner, new_key, private_document
from certmark.trust.keys.keys import Algorithm
from certmark.trust.publications.documents import INDEX, PAYLOAD_TYPE, open_index
from support.lint_documents import before, encoded, sound
from support.programmes import Site, redirecting

NAME = "example.org/guidelines"
KEY = new_key(Algorithm.ED25519, "publisher")
OTHER = new_key(Algorithm.ED25519, "somebody")


class Publisher:
    """Two guidelines in a folder, and where they are published."""

    def __init__(self, folder: Path) -> None:
        self.guidelines, self.site = folder / "guidelines", folder / "site"
        self.key, self.public = folder / "key", folder / "key.pub"
        self.guidelines.mkdir(parents=True)
        self.key.write_bytes(private_document(KEY, None))
        self.key.chmod(0o600)
        self.public.write_text(f"{KEY.public.line}\n")
        self.write("2098.12", before())
        self.write("2099.06", sound())

    def write(self, identity: str, document: Mapping[str, Any]) -> None:
        """A file of the author's."""
        (self.guidelines / f"{identity}.json").write_bytes(encoded(dict(document)))

    def change(self, what: str = "changed") -> None:
        """Another text of the draft."""
        document = sound()
        document["capabilities"]["list"]["description"] = what
        self.write("2099.06", document)

    def publish(self, *revised: str, **more: Any) -> Publication:
        """As the application does it."""
        request = PublishRequest(
            guidelines=[str(self.guidelines)],
            site=str(self.site),
            name=NAME,
            key=str(self.key),
            revised=frozenset(revised),
            **more,
        )
        return publish(request, lambda _: None)

    def files(self) -> dict[str, bytes]:
        """What is served, by its path."""
        return {
            path.relative_to(self.site).as_posix(): path.read_bytes() for path in self.site.rglob("*") if path.is_file()
        }

    def index(self) -> dict[str, Any]:
        """What was signed."""
        content: dict[str, Any] = json.loads(open_index((self.site / INDEX).read_bytes(), INDEX).payload)
        return content

    def sign(self, content: Mapping[str, Any], signer: FileSigner = KEY) -> None:
        """An index of somebody's own making in the place of the one that is there."""
        (self.site / INDEX).write_bytes(signed_index(content, signer))


def signed_index(content: Mapping[str, Any], signer: FileSigner = KEY) -> bytes:
    """The envelope of an index."""
    return write_envelope(seal(PAYLOAD_TYPE, json.dumps(content).encode(), [signer]))


def unsigned_index(content: Mapping[str, Any], envelope: Envelope) -> bytes:
    """Another index under the signatures of `envelope`."""
    return write_envelope(envelope._replace(payload=json.dumps(content).encode()))


def moved(text: str, **by: int) -> str:
    """A time, some time later or earlier."""
    return (dt.datetime.fromisoformat(text) + dt.timedelta(**by)).strftime("%Y-%m-%dT%H:%M:%SZ")


def serve(site: Site, folder: Path, below: str = "/g") -> str:
    """Let a server answer with the files of a folder; where they are."""
    for path in folder.rglob("*"):
        name = f"{below}/{path.relative_to(folder).as_posix()}"
        if path.is_dir():
            site.files[name] = redirecting(f"{name}/")
        else:
            site.files[name] = path.read_bytes()
        if path.name == "index.html":
            site.files[name.removesuffix("index.html")] = path.read_bytes()
    return f"{site.url}{below}"
