"""The images of the command and of the server, made as the page says where there is neither a daemon nor a registry, and run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from docs.test_documents import blocks_of
from support.automation import ROOT, check
from support.waiting import wait_until

PAGE = ROOT / "docs" / "how-to" / "run-in-a-container.md"
OF_THIS_MACHINE = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")
"""Whom this machine trusts, for its package index may have a certificate of its own."""
needs_root = pytest.mark.skipif(
    not os.environ.get("CERTMARK_AUTOMATION_TESTS")
    or os.geteuid() != 0
    or not all(map(shutil.which, ("buildah", "mmdebstrap", "unshare"))),
    reason="an image is made by root, with buildah and mmdebstrap, for ./dev automation",
)


def commands() -> list[str]:
    """What the page says for where there is no daemon."""
    block = next(
        one for one in blocks_of(PAGE.read_text()) if one.kind == "sh" and one.lines[0].startswith("mmdebstrap")
    )
    return list(block.lines)


class Storage:
    """Images and containers in a folder of their own; mounts are seen by nobody else."""

    def __init__(self, folder: Path) -> None:
        conf = folder / "storage.conf"
        conf.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n')
        self.environ = {"CONTAINERS_STORAGE_CONF": str(conf), "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(folder)}

    def run(self, command: str) -> str:
        return check("unshare", "-m", "sh", "-c", command, folder=ROOT, **self.environ)

    def status(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **self.environ}
        return subprocess.run(["unshare", "-m", *words], env=env, capture_output=True, text=True, check=False, cwd=ROOT)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        env = {**os.environ, **self.environ}
        command = ["unshare", "-m", "--kill-child", "--pid", "--fork", *words]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """Both images, made as the page says."""
    place = tmp_path_factory.mktemp("images")
    made, base = Storage(place), place / "base.tar"
    for command in commands():
        made.run(command.replace("base.tar", str(base)))
        if command.startswith("buildah add"):
            for path in filter(os.path.exists, OF_THIS_MACHINE):
                made.run(f"buildah add base {path} {path}")
            made.run("buildah commit base localhost/base")
    return made


def config_of(storage: Storage, image: str) -> dict[str, Any]:
    found = json.loads(storage.run(f"buildah inspect --type image localhost/{image}"))["Docker"]["config"]
    assert isinstance(found, dict)
    return found


@needs_root
@pytest.mark.thorough
@pytest.mark.cloud  # a system of its own is fetched and unpacked, which takes a minute
def test_the_image_of_the_page_gives_a_verdict_as_nobody_and_says_what_it_is_made_of(storage: Storage) -> None:
    image = config_of(storage, "certmark:0.1.0")
    assert image["User"] == "10001:10001"
    assert image["Entrypoint"] == ["certmark"]
    assert image["Labels"]["org.opencontainers.image.title"] == "certmark"
    storage.run("buildah from --name one localhost/certmark:0.1.0")
    words = ("buildah", "run", "--volume", f"{ROOT / 'examples'}:/examples:ro", "one", "--")
    judged = storage.status(
        *words, "certmark", "judge", "/examples/object-storage-broken.subunit", "-p", "object", "-q"
    )
    assert judged.returncode == 1, judged.stderr
    assert "FAIL" in judged.stdout
    assert storage.status(*words, "id", "-u").stdout.strip() == "10001"
    bill = json.loads(storage.status(*words, "cat", "/opt/certmark/sbom.cdx.json").stdout)
    assert bill["metadata"]["component"]["name"] == "certmark"
    assert "openstacksdk" in {part["name"] for part in bill["components"]}


@needs_root
@pytest.mark.thorough
@pytest.mark.cloud  # likewise
def test_the_image_of_the_server_serves_as_nobody_and_is_ready(storage: Storage) -> None:
    image = config_of(storage, "certmark-server:0.1.0")
    assert image["User"] == "8300:8300"
    port = 20_000 + os.getpid() % 10_000  # no socket is made here to ask for a free one
    storage.run("buildah from --name two localhost/certmark-server:0.1.0")
    listen = f"CERTMARK_SERVER_LISTEN=127.0.0.1:{port}"
    server = storage.begin("buildah", "run", "--env", listen, "two", "--", "certmark-server", "serve")
    try:
        wait_until(lambda: server.poll() is not None or asked(storage, port, "readyz") is not None)
        assert server.poll() is None, server.communicate()[0][-2000:]
        assert json.loads(asked(storage, port, "guidelines.json") or "{}")
    finally:
        server.kill()
        server.communicate()


def asked(storage: Storage, port: int, path: str) -> str | None:
    """What the server says, asked in its own container; None: it does not answer."""
    code = f"import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:{port}/{path}').read().decode())"
    done = storage.status("buildah", "run", "two", "--", "python", "-c", code)
    return None if done.returncode else done.stdout
