"""`certmark refstack-client upload, upload-subunit, list, sign`: what goes over the wire, and how each of them ends.

The requests are those that RefStack's own client of 2021 was seen to send.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from certmark.cli.exits import Exit
from certmark.cli.refstack import script
from certmark.client.connection import PAUSES
from support.certificates import Authority
from support.refstack import RefStack, refstack
from support.refstack_client import refstack_client, unpacked
from support.said import Said

pytestmark = pytest.mark.enable_socket
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PASSED, BROKEN = EXAMPLES / "object-storage-pass.subunit", EXAMPLES / "object-storage-broken.subunit"
NAME = "tempest.api.identity.v3.test_tokens.TokensV3Test.test_create_token"
UUID = "6f8e4436-fc96-4282-8122-e41df57197a9"
BODY = (
    f'{{"cpid": "f00d", "duration_seconds": 12, "results": [{{"name": "{NAME}", "uuid": "{UUID}"}}, '
    '{"name": "tempest.passed.noid"}]}'
)
V1 = f"""time: 2026-01-01 00:00:00.000000Z
test: {NAME}[id-{UUID},smoke]
time: 2026-01-01 00:00:01.000000Z
success: {NAME}[id-{UUID},smoke]
test: a.Scenario.test(deep)
success: a.Scenario.test(deep)
test: a.Failing.test
failure: a.Failing.test [
it broke
]
"""
FROM_V1 = (
    f'{{"cpid": "b33dc8a37c8607c6a7612f6296139578", "duration_seconds": 0, "results": [{{"name": "{NAME}", '
    f'"uuid": "{UUID}"}}, {{"name": "a.Scenario.test(deep)"}}]}}'
)
ENDPOINT = ("--keystone-endpoint", "http://Keystone.example.com:5000/v3")
LOCK = b"a passphrase"


@pytest.fixture(scope="module")
def server() -> Iterator[RefStack]:
    with refstack() as found:
        yield found


@pytest.fixture(autouse=True)
def stub(server: RefStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RefStack:
    """The server, with nothing in it; nobody is at the terminal."""
    server.keys, server.results, server.asked, server.instead = set(), [], [], None
    monkeypatch.setenv("REFSTACK_URL", server.url)
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("certmark.client.connection.PAUSES", (0.0,) * len(PAUSES))
    answers(monkeypatch, "")
    return server


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *words: Said(("refstack-client", *words), capsys)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """What refstack-client saves, which is indented."""
    return written(tmp_path / "0.json", json.dumps(json.loads(BODY), indent=4, separators=(",", ": ")))


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def answers(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(0o600)
    return path


def line_of(key: Any) -> str:
    return str(key.public_key().public_bytes(ser.Encoding.OpenSSH, ser.PublicFormat.OpenSSH).decode())


def file_of(key: Any, path: Path, form: str) -> Path:
    """The private key in one of the forms in which people have it."""
    named, _, locked = form.partition(" ")
    known = {"pkcs1": "TraditionalOpenSSL", "pkcs8": "PKCS8", "openssh": "OpenSSH"}
    lock = ser.BestAvailableEncryption(LOCK) if locked else ser.NoEncryption()
    return written(path, key.private_bytes(ser.Encoding.PEM, getattr(ser.PrivateFormat, known[named]), lock))


def heard(stub: RefStack) -> list[tuple[str, dict[str, str], bytes]]:
    """Every request: its line, what of its headers any server may look at, its body."""
    names = ("content-type", "content-length", "accept", "x-public-key")
    return [
        (one.line, {name: one.headers[name] for name in names if name in one.headers}, one.body) for one in stub.asked
    ]


def posted(body: str, **more: str) -> tuple[str, dict[str, str], bytes]:
    headers = {"content-type": "application/json", "content-length": str(len(body)), "accept": "*/*", **more}
    return "POST /v1/results/", headers, body.encode()


def test_an_upload_is_byte_for_byte_that_of_the_old_client(say: Any, stub: RefStack, saved: Path) -> None:
    said = say("upload", saved, "-y")
    assert (said.status, said.err) == (Exit.OK, "")
    assert said.out == f"Test results uploaded!\nURL: {stub.results[0]['url']}\n"
    assert heard(stub) == [posted(BODY)]
    assert heard(stub)[0][1]["content-length"] == "214"


@pytest.mark.parametrize("form", ["v1", "v1 gzipped", "a .stestr directory", "v2", "JUnit"])
def test_a_stream_of_any_kind_is_uploaded_as_the_old_client_did_that_of_version_1(
    say: Any, stub: RefStack, tmp_path: Path, form: str
) -> None:
    file = written(tmp_path / "0", V1)
    if form == "v1 gzipped":
        file = written(tmp_path / "0.gz", gzip.compress(V1.encode()))
    elif form == "a .stestr directory":
        (tmp_path / ".stestr").mkdir()
        written(tmp_path / ".stestr" / "next-stream", "1")
        file = written(tmp_path / ".stestr" / "0", V1).parent
    elif form in {"v2", "JUnit"}:
        file, old = tmp_path / "converted", file
        words = ("results", "convert", old, "--to", {"v2": "subunit", "JUnit": "junit"}[form], "-o", file)
        assert subprocess.run([sys.executable, "-m", "certmark", *map(str, words)], check=False).returncode == 0
    said = say("upload-subunit", file, *ENDPOINT, "-y")
    assert (said.status, said.out.splitlines()[0]) == (Exit.OK, "Test results uploaded!"), said.err
    assert heard(stub) == [posted(FROM_V1)]
    assert "did not pass and are not in it" in said.err


def test_a_list_asks_as_the_old_client_did(say: Any, stub: RefStack) -> None:
    stub.has(3)
    assert say("list", "--start-date", "2015-01-01 01:00:00", "--end-date", "2026-01-01 00:00:00").status == Exit.OK
    query = "page=1&start_date=2015-01-01+01%3A00%3A00&end_date=2026-01-01+00%3A00%3A00"
    assert heard(stub) == [
        (f"GET /v1/results/?{query}", {"content-type": "application/json", "accept": "*/*"}, b""),
    ]


def test_a_slash_behind_the_address_is_not_doubled(say: Any, stub: RefStack, saved: Path) -> None:
    assert say("upload", saved, "-y", "--url", f"{stub.url}/").status == Exit.OK
    assert stub.asked[0].line == "POST /v1/results/"


@pytest.mark.parametrize("form", ["pkcs1", "pkcs8", "openssh", "pkcs1 locked", "pkcs8 locked", "openssh locked"])
def test_an_rsa_key_in_any_form_signs_the_very_bytes(
    say: Any, stub: RefStack, saved: Path, tmp_path: Path, key: Any, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.keys.add(line_of(key))
    if "locked" in form:
        monkeypatch.setenv("CERTMARK_KEY_PASSPHRASE_FILE", str(written(tmp_path / "word", LOCK)))
    said = say("upload", saved, "-y", "-i", file_of(key, tmp_path / "id_rsa", form))
    assert said.status == Exit.OK, said.err
    assert heard(stub) == [posted(BODY, **{"x-public-key": line_of(key)})]
    signature = stub.asked[0].header("x-signature") or ""
    assert len(signature) == 512
    assert signature == signature.lower()


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real ssh-agent."""
    place = str(tmp_path / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", place], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    monkeypatch.setenv("SSH_AUTH_SOCK", place)
    yield
    process.terminate()
    process.communicate()


@pytest.mark.usefixtures("agent")
def test_a_key_in_ssh_agent_signs(say: Any, stub: RefStack, saved: Path, tmp_path: Path, key: Any) -> None:
    stub.keys.add(line_of(key))
    private = file_of(key, tmp_path / "id_rsa", "openssh")
    subprocess.run(["ssh-add", "-q", private], check=True)
    private.unlink()
    public = written(tmp_path / "id_rsa.pub", f"{line_of(key)} ops@example.org\n")
    assert say("upload", saved, "-y", "-i", public).status == Exit.OK
    assert say("sign", public).out.startswith(f"Public key:\n{line_of(key)}\n\nSelf signature:\n")


def test_what_registers_a_key_is_shown_as_scripts_look_for_it(say: Any, tmp_path: Path, key: Any) -> None:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    said = say("sign", file_of(key, tmp_path / "id_rsa", "openssh"))
    signature = key.sign(b"signature", PKCS1v15(), SHA256()).hex()
    assert (said.status, said.err) == (Exit.OK, "")
    assert said.out == f"Public key:\n{line_of(key)}\n\nSelf signature:\n{signature}\n\n"


@pytest.mark.parametrize("made", [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())])
def test_a_key_that_refstack_does_not_know_is_refused_before_anything_is_sent(
    say: Any, stub: RefStack, saved: Path, tmp_path: Path, made: Any
) -> None:
    private = file_of(made, tmp_path / "id", "openssh")
    for words in (("upload", saved, "-y", "-i", private), ("sign", private)):
        said = say(*words)
        assert said.status == Exit.USAGE
        assert "and RefStack's API knows RSA only; name an RSA key" in said.err
        assert said.err.count("\n") == 1
    assert stub.asked == []


A = {"code": 401, "title": "Unauthorized", "detail": "User with specified key not found."}
B = {"title": "Request doesnt correspond to schema", "code": 400}


@pytest.mark.parametrize(
    ("status", "body", "exit_status", "sentence"),
    [
        (401, A, Exit.USAGE, "User with specified key not found."),
        (400, B, Exit.USAGE, "Request doesnt correspond to schema"),
        (403, {"code": 403, "title": "Forbidden", "detail": ""}, Exit.USAGE, "the server says 403 Forbidden"),
        (401, {"code": 401, "title": "Unauthorized", "detail": None}, Exit.USAGE, "the server says 401 Unauthorized"),
        (404, {"code": 404, "title": "Not Found", "detail": ""}, Exit.USAGE, "there is no API of RefStack at {url}/v1/results/ (the server says 404 Not Found); name what stands before /v1"),
        (500, {"title": "Internal Server Error", "code": 500}, Exit.ENVIRONMENT, "the server says 500 Internal Server Error"),
        (413, b"<html>too large</html>", Exit.UNREADABLE, "the server says 413 Request Entity Too Large"),
        (302, b"", Exit.ENVIRONMENT, "the server says 302 Found to an upload, and not 201 Created; nothing tells that it has the results"),
        (200, {"test_id": "1", "url": "u"}, Exit.ENVIRONMENT, "the server says 200 OK to an upload, and not 201 Created; nothing tells that it has the results"),
        (201, b"<html>", Exit.ENVIRONMENT, "what answers there speaks otherwise than RefStack does; name what stands before /v1"),
        (201, [1], Exit.ENVIRONMENT, "what answers there speaks otherwise than RefStack does; name what stands before /v1"),
        (400, b"[" * 200_000, Exit.USAGE, "the server says 400 Bad Request"),
        (400, ["a\x1b[31mb"], Exit.USAGE, "the server says 400 Bad Request"),
        (400, {"title": "a\x1b[31mb", "code": 400}, Exit.USAGE, "a\\x1b[31mb"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_sentence_and_a_status_that_says_whose_turn_it_is(
    say: Any, stub: RefStack, saved: Path, status: int, body: Any, exit_status: Exit, sentence: str
) -> None:
    stub.instead = (status, body if isinstance(body, bytes) else json.dumps(body).encode())
    said = say("upload", saved, "-y")
    assert (said.status, said.out) == (exit_status, "")
    assert said.err == f"certmark: {sentence.format(url=stub.url)}\n"
    assert len(stub.asked) == 1, "nothing would tell a server that a second upload is the same"


class Row(NamedTuple):
    """A situation, with what the old client did of it: facts of Debian's refstack-client of 2021, run."""

    what: str
    words: tuple[str, ...]
    old: int
    ours: Exit
    says: str
    """In what we say of it."""
    stdin: str = ""
    instead: int | None = None


UPLOAD = ("upload", "0.json", "-y")
OF_A_STREAM = (*ENDPOINT, "-y")
AWAY = ("--url", "http://127.0.0.1:1")
ROWS = [
    Row("uploaded", UPLOAD, 0, Exit.OK, "Test results uploaded!"),
    Row("the server refuses", UPLOAD, 0, Exit.USAGE, "the server says 400 Bad Request", instead=400),
    Row("nobody knows the key", UPLOAD, 0, Exit.USAGE, "the server says 401 Unauthorized", instead=401),
    Row("no API there", UPLOAD, 0, Exit.USAGE, "there is no API of RefStack at", instead=404),
    Row("the server breaks", UPLOAD, 0, Exit.ENVIRONMENT, "the server says 500", instead=500),
    Row("connection refused", (*UPLOAD, *AWAY), 0, Exit.ENVIRONMENT, "the server does not answer"),
    Row("a key in OpenSSH's format", (*UPLOAD, "-i", "openssh"), 0, Exit.OK, "Test results uploaded!"),
    Row("no at the question", UPLOAD[:2], 0, Exit.OK, "nothing was uploaded", stdin="no\n"),
    Row("yes from a pipe", UPLOAD[:2], 0, Exit.OK, "Test results uploaded!", stdin="y\ny\n"),
    Row("nobody at the question", UPLOAD[:2], 1, Exit.USAGE, "nobody answers whether the results may be uploaded; say -y"),
    Row("a locked key", (*UPLOAD, "-i", "locked"), 1, Exit.UNREADABLE, "locked is locked; give its passphrase"),
    Row("another kind of key", (*UPLOAD, "-i", "ed25519"), 1, Exit.USAGE, "RefStack's API knows RSA only"),
    Row("no such key", (*UPLOAD, "-i", "nowhere"), 1, Exit.USAGE, "there is no key 'nowhere'"),
    Row("a stream of version 2", ("upload-subunit", "v2", *OF_A_STREAM), 0, Exit.OK, "Test results uploaded!"),
    Row("JSON as a stream", ("upload-subunit", "0.json", *OF_A_STREAM), 0, Exit.OK, "Test results uploaded!"),
    Row("no test passed", ("upload-subunit", "failed", *OF_A_STREAM), 0, Exit.UNREADABLE, "no test passed in failed"),
    Row("no test passed, as JSON", ("upload", "empty.json", "-y"), 0, Exit.UNREADABLE, "no test passed in empty.json"),
    Row("a stream as JSON", ("upload", "v2", "-y"), 1, Exit.UNREADABLE, "v2 is subunit v2, and JSON that was saved is uploaded so; name it with certmark refstack-client upload-subunit"),
    Row("a cut stream", ("upload-subunit", "cut", *OF_A_STREAM), 0, Exit.USAGE, "cut stops in the middle"),
    Row("a record of RefStack's", ("upload", "record.json", "-y"), 0, Exit.UNREADABLE, 'record.json has "created_at", which RefStack refuses an upload'),
    Row("an endpoint without scheme", ("upload-subunit", "v2", "-y", "--keystone-endpoint", "keystone:5000"), 1, Exit.USAGE, "'keystone:5000' is no address of Keystone"),
    Row("no such file", ("upload", "nowhere.json", "-y"), 1, Exit.UNREADABLE, "nowhere.json: No such file or directory"),
    Row("no such tempest.conf", ("test", "-c", "nowhere.conf"), 1, Exit.USAGE, "there is no file nowhere.conf"),
    Row("listed", ("list",), 1, Exit.OK, "https://refstack.example.org/#/results/"),
    Row("listed, no API there", ("list",), 1, Exit.USAGE, "there is no API of RefStack at", instead=404),
    Row("listed, connection refused", ("list", *AWAY), 1, Exit.ENVIRONMENT, "the server does not answer"),
    Row("self-signed", ("sign", "pkcs1"), 0, Exit.OK, "Self signature:"),
    Row("self-signed, a bad key", ("sign", "0.json"), 1, Exit.UNREADABLE, "0.json is no private key"),
    Row("self-signed, OpenSSH's format", ("sign", "openssh"), 1, Exit.OK, "Self signature:"),
    Row("no verb", (), 1, Exit.USAGE, "usage: certmark refstack-client VERB"),
    Row("both silent and verbose", ("list", "-s", "-v"), 2, Exit.USAGE, "-s keeps silent and -v says more"),
    Row("no server named", ("list", "--url", ""), 1, Exit.USAGE, "name the server with --url URL, or in REFSTACK_URL"),
]  # fmt: skip


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory, key: rsa.RSAPrivateKey) -> Path:
    """A folder with what the rows name."""
    folder = tmp_path_factory.mktemp("things")
    record = {"id": "1", "created_at": "2020-01-01 00:00:00", "cpid": "f00d", "duration_seconds": 1, "results": ["a.b"]}
    written(folder / "0.json", BODY)
    written(folder / "record.json", json.dumps(record))
    written(folder / "empty.json", '{"cpid": "f00d", "duration_seconds": 0, "results": []}')
    written(folder / "v1", V1)
    written(folder / "v2", PASSED.read_bytes())
    written(folder / "cut", PASSED.read_bytes()[:-100])
    written(folder / "failed", V1[V1.index("test: a.Failing") :])
    for name, form in (("pkcs1", "pkcs1"), ("openssh", "openssh"), ("locked", "pkcs8 locked")):
        file_of(key, folder / name, form)
    file_of(ed25519.Ed25519PrivateKey.generate(), folder / "ed25519", "pkcs8")
    return folder


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.what))
def test_every_ending_of_the_old_client_has_an_honest_one(
    say: Any, stub: RefStack, things: Path, key: Any, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.keys.add(line_of(key))
    stub.has(2)
    if row.instead is not None:
        stub.instead = (row.instead, b"")
    monkeypatch.chdir(things)
    answers(monkeypatch, row.stdin)
    if "" in row.words:
        monkeypatch.delenv("REFSTACK_URL")
    said = say(*row.words)
    assert (said.status, row.says in said.out + said.err) == (row.ours, True), said.out + said.err
    assert "Traceback" not in said.err


def test_the_rows_are_those_of_which_the_old_client_lied_and_some_others() -> None:
    """0 for what failed, or another status than 0 for what did not: of these we differ, and of the kind of trouble."""
    lied = {row.what for row in ROWS if (row.old == 0) != (row.ours == Exit.OK)}
    assert lied == {
        "the server refuses", "nobody knows the key", "no API there", "the server breaks", "connection refused",
        "no test passed", "no test passed, as JSON", "a cut stream", "a record of RefStack's",
        "listed", "self-signed, OpenSSH's format",
    }  # fmt: skip


@pytest.fixture(scope="module")
def theirs() -> Path:
    """The real refstack-client."""
    return unpacked(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "certmark-tests")


@pytest.mark.parametrize(
    "words",
    [
        UPLOAD,
        (*UPLOAD, "-i", "pkcs1"),
        ("upload-subunit", "v1", *OF_A_STREAM),
        ("list", "--start-date", "2015-01-01 00:00:00"),
    ],
    ids=lambda words: " ".join(words[:4]),
)
def test_both_clients_send_the_very_same(
    say: Any, stub: RefStack, things: Path, key: Any, theirs: Path, words: tuple[str, ...], monkeypatch: Any
) -> None:
    monkeypatch.chdir(things)
    stub.keys.add(line_of(key))
    stub.has(1)
    refstack_client(theirs, stub.url, *words, typed="\n", home=things)
    say(*words)
    first, second = stub.asked
    assert (first.line, first.body) == (second.line, second.body)
    ours = {"user-agent", "accept-encoding"}
    assert {name: value for name, value in first.headers.items() if name not in ours} == {
        name: value for name, value in second.headers.items() if name not in ours
    }


@pytest.mark.thorough
@pytest.mark.parametrize("row", [row for row in ROWS if "" not in row.words], ids=lambda row: str(row.what))
def test_the_old_client_ends_as_the_rows_say(stub: RefStack, things: Path, key: Any, theirs: Path, row: Row) -> None:
    stub.keys.add(line_of(key))
    stub.has(2)
    if row.instead is not None:
        stub.instead = (row.instead, b"")
    done = refstack_client(theirs, stub.url, *row.words, typed=row.stdin, home=things)
    assert done.returncode == row.old, done.stdout + done.stderr


def test_a_question_comes_before_anything_is_sent(
    say: Any, stub: RefStack, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, "no\n")
    said = say("upload", saved)
    assert said.err == f"Test results will be uploaded to {stub.url}. Ok? (yes/y): certmark: nothing was uploaded\n"
    assert stub.asked == []


def test_silence_and_more_words(say: Any, stub: RefStack, saved: Path) -> None:
    assert say("upload-subunit", BROKEN, *OF_A_STREAM, "-s").err == ""
    assert "the server says: {" in say("upload", saved, "-y", "-v").err
    assert f"sent is: {BODY}" in say("upload", saved, "-y", "-vv").err
    assert len(stub.asked) == 3


def test_a_list_has_every_page_and_ends(say: Any, stub: RefStack) -> None:
    stub.has(45)
    said = say("list")
    assert (said.status, said.err) == (Exit.OK, "")
    assert said.out == "".join(f"{one['created_at']} - {one['url']}\n" for one in reversed(stub.results))
    assert [one.line for one in stub.asked] == [f"GET /v1/results/?page={page}" for page in (1, 2, 3)]
    assert [one["url"] for one in say("list", "--json").json["results"]] == [one["url"] for one in stub.results[::-1]]


def test_an_empty_list_is_said_and_no_second_page_asked_for(say: Any, stub: RefStack) -> None:
    said = say("list")
    assert (said.status, said.out, said.err) == (Exit.OK, "", "certmark: there is none\n")
    assert len(stub.asked) == 1
    assert say("list", "--json").json["results"] == []


def test_who_is_at_a_terminal_turns_the_pages_unless_yes_is_said(
    say: Any, stub: RefStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.has(45)
    monkeypatch.setattr("certmark.cli.console.Console.is_terminal", True)
    monkeypatch.setattr("certmark.cli.refstack.listing.can_be_asked", lambda: True)
    answers(monkeypatch, "\n")
    said = say("list")
    assert said.err == "Press Enter to go to next page..." * 2, "and then the input is at its end"
    assert said.out.count("\n") == 40
    assert say("list", "-y").out.count("\n") == 45


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ({"results": [{"created_at": "c", "url": "u"}], "pagination": {"total_pages": 9}}, "the server says that there are 9 pages, and page 2 has nothing new"),
        ({"results": [], "pagination": {"total_pages": 9}}, "the server says that there are 9 pages, and page 1 has nothing new"),
        ({"results": [], "pagination": {"total_pages": "1"}}, "what answers there speaks otherwise than RefStack does; name what stands before /v1"),
        ({"results": [{"url": "u"}], "pagination": {"total_pages": 1}}, "what answers there speaks otherwise than RefStack does; name what stands before /v1"),
        ({"results": {}}, "what answers there speaks otherwise than RefStack does; name what stands before /v1"),
        ([], "what answers there speaks otherwise than RefStack does; name what stands before /v1"),
    ],
)  # fmt: skip
def test_a_list_without_end_or_of_another_kind_ends_with_a_sentence(
    say: Any, stub: RefStack, page: Any, sentence: str
) -> None:
    stub.instead = (200, json.dumps(page).encode())
    said = say("list")
    assert (said.status, said.err.splitlines()[-1]) == (Exit.ENVIRONMENT, f"certmark: {sentence}")


def test_a_list_that_always_has_something_new_ends_with_a_sentence(
    say: Any, stub: RefStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certmark.client.refstack._MOST_PAGES", 2)
    stub.has(45)
    said = say("list")
    assert (said.status, said.out.count("\n")) == (Exit.ENVIRONMENT, 40)
    assert said.err == "certmark: the server says that there are 3 pages, and page 2 is more than any has\n"


def test_what_a_server_lists_cannot_write_lines_of_its_own(say: Any, stub: RefStack) -> None:
    one = {"created_at": "2015-01-01\n2026-01-01", "url": "u\x1b[31m"}
    stub.instead = (200, json.dumps({"results": [one], "pagination": {"total_pages": 1}}).encode())
    assert say("list").out == "2015-01-01\\n2026-01-01 - u\\x1b[31m\n"


def test_a_date_that_the_server_does_not_read_is_refused_in_its_words(say: Any) -> None:
    said = say("list", "--start-date", "yesterday")
    assert (said.status, said.err) == (Exit.USAGE, "certmark: Invalid date format: yesterday\n")


def test_certificates_are_checked_unless_that_is_given_up_aloud(say: Any, saved: Path, tmp_path: Path) -> None:
    with refstack(Authority(tmp_path).certificate("server")) as secure:
        said = say("upload", saved, "-y", "--url", secure.url)
        assert (said.status, secure.asked) == (Exit.ENVIRONMENT, [])
        assert "the server's certificate is not one that is trusted here" in said.err
        said = say("upload", saved, "-y", "-k", "-s", "--url", secure.url)
        assert said.status == Exit.OK
        assert said.err == (
            f"certmark: nobody checks who answers as {secure.url}: whoever is on the way there can read and change "
            "what is said\n"
        )


def test_the_console_script_is_the_same_command(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["refstack-client", "upload", str(saved), "-y"])
    with pytest.raises(SystemExit) as end:
        script.run()
    assert end.value.code == Exit.OK


def test_the_console_script_comes_with_its_extra_only() -> None:
    own, extra = (
        tomllib.loads((ROOT / path / "pyproject.toml").read_text()) for path in ("", "automation/refstack-client")
    )
    assert extra["project"]["scripts"] == {"refstack-client": f"{script.__name__}:run"}
    assert own["project"]["optional-dependencies"]["refstack-client"] == [extra["project"]["name"]]
    assert "refstack-client" not in own["project"]["scripts"]
