"""`certmark login`: a token for one server, kept where nobody else reads it, and sent to no other server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.client import credentials
from certmark.domain.errors import CannotProceed
from certmark.server.services import devices
from support.openid_providers import form_token
from support.signed_in import Site, provider, site

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def one_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), provider("id", "http://127.0.0.1:9")) as found:
        yield found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CERTMARK_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


def certmark(home: Path, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "certmark", *words],
        env={**os.environ, "CERTMARK_CONFIG": str(home)},
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def token_of(site: Site, who: str) -> str:
    answer = site.ask(site.signed_in(who), "POST", "/account/tokens", json={"label": "x"})
    return str(answer.json()["token"])


def test_a_program_is_let_in_by_a_code_and_known_from_then_on(
    one_site: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "INTERVAL", 1)
    process = subprocess.Popen(
        [sys.executable, "-m", "certmark", "login", "--server", one_site.url],
        env={**os.environ, "CERTMARK_CONFIG": str(home)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr as said:
        found = re.search(r"type the code ([A-Z]{4}-[A-Z]{4})", said.readline())
        assert found is not None
        ada = one_site.signed_in("ada")
        page = ada.get(f"{one_site.url}/device", params={"user_code": found[1]})
        fields = {"form": form_token(page.text), "user_code": found[1], "decision": "yes"}
        headers = {"Sec-Fetch-Site": "same-origin"}
        assert ada.ask("POST", f"{one_site.url}/device", data=fields, headers=headers).status_code == 200
        assert "as ada" in said.read()
        assert process.wait(120) == 0
    listed = certmark(home, "remote", "list", "--server", one_site.url)
    assert listed.returncode == 0, listed.stderr
    assert (home / "servers.json").stat().st_mode & 0o777 == 0o600
    assert certmark(home, "logout", "--server", one_site.url).returncode == 0
    assert "tokens" in (home / "servers.json").read_text()
    assert certmark(home, "remote", "list", "--server", one_site.url).returncode == 2


def test_a_token_on_standard_input_is_tried_before_it_is_kept(one_site: Site, home: Path) -> None:
    for wrong in ("", "cmk_wrong", "a b\n\x1b"):
        assert certmark(home, "login", "--with-token", "--server", one_site.url, said=wrong).returncode == 2
    assert not (home / "servers.json").exists()
    token = token_of(one_site, "bob")
    done = certmark(home, "login", "--with-token", "--server", f"{one_site.url}/", said=f"{token}\n")
    assert done.returncode == 0, done.stderr
    assert token not in done.stdout + done.stderr
    assert credentials.kept(one_site.url) == token


def test_token_leakage_a_token_is_for_the_server_that_it_was_kept_for(home: Path) -> None:
    credentials.keep("https://certmark.example.org/cloud", "cmk_x")
    assert home.exists()
    for same in ("https://certmark.example.org/cloud", "https://CERTMARK.example.org:443/cloud/"):
        assert credentials.kept(same) == "cmk_x"
    for other in (
        "https://certmark.example.org",
        "https://certmark.example.org/cloud2",
        "https://certmark.example.org:8443/cloud",
        "http://certmark.example.org/cloud",
        "https://certmark.example.org.evil.example/cloud",
        "https://evil@certmark.example.net/cloud",
    ):
        assert credentials.kept(other) is None


def test_a_file_that_others_may_read_is_not_used(home: Path) -> None:
    credentials.keep("https://certmark.example.org", "cmk_x")
    (home / "servers.json").chmod(0o644)
    with pytest.raises(CannotProceed, match="others may read"):
        credentials.kept("https://certmark.example.org")


def test_token_leakage_nobody_signs_in_where_everybody_could_read_the_token(home: Path) -> None:
    for words in ((), ("--with-token",)):
        refused = certmark(home, "login", *words, "--server", "http://certmark.example.org", said="cmk_x")
        assert refused.returncode == 2
        assert "not https" in refused.stderr


def test_where_nobody_signs_in_one_is_told_to_ask_for_a_token(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with site(tmp_path_factory.mktemp("nobody"), {}) as without:
        refused = certmark(home, "login", "--server", without.url)
    assert refused.returncode == 2
    assert refused.stderr == (
        "certmark: nobody signs in at this server with a browser; ask its operator for a token, and give it to "
        "certmark login --with-token; a server of your own machine asks nobody who they are\n"
    )
    assert not home.exists()


def test_several_programs_that_keep_tokens_at_once_lose_none(home: Path) -> None:
    program = (
        "import sys; from certmark.client import credentials\n"
        "for number in range(20): credentials.keep(f'https://{sys.argv[1]}{number}.example.org', 'cmk_x')"
    )
    environment = {**os.environ, "CERTMARK_CONFIG": str(home)}
    processes = [subprocess.Popen([sys.executable, "-c", program, name], env=environment) for name in "ab"]
    assert [process.wait(120) for process in processes] == [0, 0]
    found = json.loads((home / "servers.json").read_text())["tokens"]
    assert len(found) == 40
    assert {file.stat().st_mode & 0o077 for file in home.iterdir()} == {0}


def test_without_a_keyring_that_holds_anything_the_file_has_the_token(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Locked(Ring):
        def set_password(self, service: str, name: str, word: str) -> None:
            raise RuntimeError(service, name, word)

    for ring in (None, Locked()):
        monkeypatch.setattr(credentials, "_keyring", lambda ring=ring: ring)
        where = credentials.keep("https://certmark.example.org", "cmk_x")
        assert where == str(home / "servers.json")
        assert credentials.kept("https://certmark.example.org") == "cmk_x"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"tokens": 7}'])
def test_a_damaged_file_is_said_or_holds_nothing(home: Path, content: str) -> None:
    home.mkdir()
    (home / "servers.json").write_text(content)
    (home / "servers.json").chmod(0o600)
    if content in {"", "{"}:
        with pytest.raises(CannotProceed, match="damaged"):
            credentials.kept("https://certmark.example.org")
    else:
        assert credentials.kept("https://certmark.example.org") is None


class Ring:
    """A keyring of a desktop."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, name: str, word: str) -> None:
        self.kept[service, name] = word

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def test_a_keyring_has_the_token_where_there_is_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Ring()
    monkeypatch.setattr(credentials, "_keyring", lambda: ring)
    assert credentials.keep("https://certmark.example.org/", "cmk_x") == "the keyring"
    assert ring.kept == {("certmark", "https://certmark.example.org"): "cmk_x"}
    assert not (home / "servers.json").exists()
    assert credentials.kept("https://certmark.example.org") == "cmk_x"
    assert credentials.forget("https://certmark.example.org")
    assert not credentials.forget("https://certmark.example.org")
