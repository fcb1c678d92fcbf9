"""The verbs of RefStack's client against a real server of ours: they meet in RefStack's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.app.refstack.chosen_tests import ChosenTests, list_of
from certmark.cli.exits import Exit
from certmark.client.connection import PAUSES
from support.refstack_server import CPID, RefstackServer, key_of, line_of, pem_of, refstack_server, signed, upload
from support.said import Said

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[2] / "examples"
BROKEN = EXAMPLES / "object-storage-broken.subunit"
BODY = upload("tempest.a", "tempest.b (scenario)")
ENDPOINT = ("--keystone-endpoint", "http://Keystone.example.com:5000/v3")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RefstackServer]:
    folder = tmp_path_factory.mktemp("refstack")
    (folder / "data").mkdir()
    with refstack_server(folder, f"sqlite:///{folder / 'certmark.sqlite'}") as found:
        yield found


@pytest.fixture
def say(server: RefstackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("REFSTACK_URL", server.url)
    monkeypatch.setattr("certmark.client.connection.PAUSES", (0.0,) * len(PAUSES))
    return lambda *words: Said(("refstack-client", *words), capsys)


def there(server: RefstackServer, said: Said, who: str) -> dict[str, Any]:
    """The result of which a command said the address, as somebody sees it."""
    first, second = said.out.splitlines()
    assert first == "Test results uploaded!", said.err
    run = second.removeprefix("URL: ").rpartition("/")[2]
    answer = server.ask("GET", f"/v1/results/{run}", who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert server.ask("GET", f"/api/v2/runs/{run}", who).status_code == 200, (
        "what enters by one door is seen by the other"
    )
    return found


@pytest.mark.parametrize("behind", ["", "/", "/api", "/api/"])
def test_saved_json_is_uploaded_signed(server: RefstackServer, say: Any, tmp_path: Path, behind: str) -> None:
    saved, key = tmp_path / "0.json", tmp_path / "id_rsa"
    saved.write_bytes(BODY)
    key.write_bytes(pem_of("ada"))
    key.chmod(0o600)
    found = there(server, say("upload", saved, "-y", "-i", key, "--url", f"{server.url}{behind}"), "ada")
    assert (found["cpid"], found["duration_seconds"]) == (CPID, 12)
    assert sorted(found["results"]) == ["tempest.a", "tempest.b (scenario)"]
    assert found["user_role"] == "owner"


def test_a_stream_is_uploaded_unsigned_and_with_it_what_did_not_pass_is_said(server: RefstackServer, say: Any) -> None:
    said = say("upload-subunit", BROKEN, *ENDPOINT, "-y")
    found = there(server, said, "office")
    assert (found["duration_seconds"], found["user_role"]) == (0, "foundation")
    assert len(found["results"]) > 0
    assert "did not pass and are not in it" in said.err


def test_what_the_server_refuses_is_one_sentence(server: RefstackServer, say: Any, tmp_path: Path) -> None:
    saved, key = tmp_path / "0.json", tmp_path / "id_rsa"
    saved.write_bytes(BODY)
    key.write_bytes(pem_of("nobody"))
    key.chmod(0o600)
    said = say("upload", saved, "-y", "-i", key)
    assert (said.status, said.err.count("\n")) == (Exit.USAGE, 1)
    assert said.err.startswith("certmark: User with specified key not found."), said.err
    said = say("upload", saved, "-y", "--url", f"{server.url}/nowhere")
    assert (said.status, "there is no API of RefStack at" in said.err) == (Exit.USAGE, True), said.err
    saved.write_bytes(upload("t" * 5_000))
    said = say("upload", saved, "-y")
    assert (said.status, said.err.count("\n")) == (Exit.USAGE, 1), said.err


def test_a_list_with_dates_has_all_pages_and_ends(server: RefstackServer, say: Any) -> None:
    runs = [server.send(upload(f"tempest.number_{number}")) for number in range(21)]
    said = say("list")
    assert (said.status, said.err) == (Exit.OK, "")
    for run in runs:
        assert said.out.count(f"/{run}\n") == 1
    listed = say("list", "--json").json["results"]
    assert [f"{one['created_at']} - {one['url']}" for one in listed] == said.out.splitlines()
    assert say("list", "--end-date", "2015-04-24 01:23:56").err == "certmark: there is none\n"
    said = say("list", "--start-date", "yesterday")
    assert (said.status, said.err.count("\n")) == (Exit.USAGE, 1)


def test_what_registers_a_key_is_what_the_server_takes(say: Any, tmp_path: Path) -> None:
    key = tmp_path / "id_rsa"
    key.write_bytes(pem_of("ada"))
    key.chmod(0o600)
    _, line, _, _, signature, *_ = say("sign", key).out.split("\n")
    assert line == line_of("ada")
    assert signature == signed("ada", b"signature")["X-Signature"]
    assert key_of("ada").key_size == 2048


@pytest.mark.parametrize("query", ["target=object&type=required&alias=true&flag=false", "target=object"])
def test_a_list_of_tests_comes_from_the_server(server: RefstackServer, query: str) -> None:
    address = f"{server.url}/v1/guidelines/2026.11.json/tests?{query}"
    with list_of(ChosenTests(test_list=address), Path("tempest.conf"), lambda _: None, is_checked=True) as path:
        assert "test_create_token[id-" in Path(path).read_text()


def test_json_that_refstack_does_not_take_is_refused_before_it_is_sent(say: Any, tmp_path: Path) -> None:
    saved = tmp_path / "0.json"
    saved.write_text(json.dumps({**json.loads(BODY), "more": 1}))
    said = say("upload", saved, "-y")
    assert (said.status, '0.json has "more", which RefStack refuses' in said.err) == (Exit.UNREADABLE, True)
