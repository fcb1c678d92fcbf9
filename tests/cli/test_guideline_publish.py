"""`certmark guideline publish`, `fetch` and `verify`: what is published stays, and what was touched is refused."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import requests

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.client.connection import ServerConnection
from certmark.client.corpus import RemoteCorpus
from certmark.trust.keys.files import new_key, private_document
from certmark.trust.keys.keys import Algorithm
from certmark.trust.log.files import held_folder
from certmark.trust.publications.documents import INDEX, open_index
from support.lint_documents import before, encoded, sound
from support.nginx import Proxy
from support.programmes import Site, endless, serving, signed_list, signed_trust, trust_content
from support.published_site import KEY, NAME, OTHER, Publisher, moved, serve, unsigned_index

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
Captured = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to" / "publish-guidelines.md"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CERTMARK_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


def publish(publisher: Publisher, *words: str) -> Exit:
    given = [str(publisher.guidelines), "--to", str(publisher.site), "--name", NAME, "--key", str(publisher.key)]
    return Exit(main(["guideline", "publish", *given, *words]))


def fetch(publisher: Publisher, where: str | Path, *words: str) -> Exit:
    given = [str(where), "2099.06", "--key", str(publisher.public), "-o", "got.json"]
    return Exit(main(["guideline", "fetch", *given, *words]))


def test_what_is_published_is_fetched_and_verified_byte_for_byte(publisher: Publisher, capsys: Captured) -> None:
    assert publish(publisher) is Exit.OK
    said = capsys.readouterr().out
    assert said.startswith("2098.12, revision 1: published (approved)\n2099.06, revision 1: published (draft)\n")
    assert re.search(rf"\n{NAME}, edition 1: 2 revisions of 2 guidelines, until \d{{4}}-\d\d-\d\d\.\n", said)
    assert fetch(publisher, publisher.site) is Exit.OK
    assert Path("got.json").read_bytes() == (publisher.guidelines / "2099.06.json").read_bytes()
    assert f"VERIFIED: 2099.06, revision 1, as {NAME} published it" in capsys.readouterr().out
    key = str(publisher.public)
    log = ["--log-key", str(publisher.site / "log.vkey")]
    assert main(["guideline", "verify", "got.json", "--key", key, *log]) == Exit.OK
    assert f"receipt     entry 1 of {NAME}, received " in capsys.readouterr().out
    assert main(["log", "audit", str(publisher.site / "log"), *log]) == Exit.OK


def test_publishing_again_changes_nothing(publisher: Publisher, capsys: Captured) -> None:
    publish(publisher)
    files = publisher.files()
    capsys.readouterr()
    assert publish(publisher) is Exit.OK
    assert capsys.readouterr().out.count(", revision 1: published already\n") == 2
    assert publisher.files() == files


def test_another_text_is_refused_and_as_the_next_revision_taken(publisher: Publisher, capsys: Captured) -> None:
    publish(publisher)
    files, first = publisher.files(), (publisher.guidelines / "2099.06.json").read_bytes()
    publisher.change()
    capsys.readouterr()
    assert publish(publisher) is Exit.FAIL
    said = capsys.readouterr().out
    assert "2099.06, revision 2: not publishable, revision 1 was published on " in said
    assert "if that is meant, it is the next revision: --revise 2099.06\n" in said
    assert said.endswith("\nNothing was published.\n")
    assert publisher.files() == files
    assert publish(publisher, "--revise", "2099.06") is Exit.OK
    assert f"{NAME}, edition 2: 3 revisions of 2 guidelines" in capsys.readouterr().out
    assert fetch(publisher, publisher.site, "--revision", "1") is Exit.OK
    assert "revision 2 of 2099.06 came after it" in capsys.readouterr().err
    assert Path("got.json").read_bytes() == first
    assert fetch(publisher, publisher.site) is Exit.OK
    assert Path("got.json").read_bytes() == (publisher.guidelines / "2099.06.json").read_bytes()
    for digest in {one["sha256"] for one in publisher.index()["revisions"]}:
        assert (publisher.site / "api" / "v2" / "guidelines" / digest).is_file()


def test_what_was_approved_is_not_revised_against_the_process(publisher: Publisher, capsys: Captured) -> None:
    publish(publisher)
    document = before()
    document["capabilities"]["list"]["tests"]["suite.servers.test_new.New.test_new"] = {
        "idempotent_id": "id-0000000f-1111-4111-8111-111111111111"
    }
    publisher.write("2098.12", document)
    assert publish(publisher, "--revise", "2098.12") is Exit.FAIL
    assert "2098.12, revision 2: not publishable, lint finds 1 error in it\n" in capsys.readouterr().out


def _broken(publisher: Publisher) -> None:
    document = sound()
    document["capabilities"]["list"]["descriptin"] = document["capabilities"]["list"].pop("description")
    publisher.write("2099.06", document)


def _unreadable(publisher: Publisher) -> None:
    (publisher.guidelines / "2099.06.json").write_text('{"metadata": {')


def _carriage_returns(publisher: Publisher) -> None:
    path = publisher.guidelines / "2099.06.json"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def _twice(publisher: Publisher) -> None:
    (publisher.guidelines / "copy").mkdir()
    (publisher.guidelines / "copy" / "2099.06.json").write_bytes(encoded(sound()) + b"\n")


def _odd_id(publisher: Publisher) -> None:
    document = sound()
    document["metadata"]["id"] = "../2099.06"
    publisher.write("2099.06", document)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (Publisher.change, "with another text"),
        (_broken, "2099.06, revision 2: not publishable, lint finds "),
        (_unreadable, "2099.06.json, revision 1: not publishable, 2099.06.json: "),
        (_carriage_returns, "not publishable, its lines end with a carriage return"),
        (_twice, "have the same id"),
        (_odd_id, "its id cannot stand in an address"),
    ],
)
def test_a_check_says_what_is_not_publishable_and_needs_no_key(
    publisher: Publisher, capsys: Captured, change: Callable[[Publisher], None], part: str
) -> None:
    publish(publisher)
    check = ["guideline", "publish", str(publisher.guidelines), "--to", str(publisher.site), "--check"]
    assert main(check) == Exit.OK
    change(publisher)
    files = publisher.files()
    capsys.readouterr()
    assert main(check) == Exit.FAIL
    assert part in capsys.readouterr().out
    assert main([*check, "--json"]) == Exit.FAIL
    assert json.loads(capsys.readouterr().out)["is_publishable"] is False
    assert publisher.files() == files
    assert publish(publisher) is Exit.FAIL
    assert publisher.files() == files


def test_a_check_of_a_first_publication_says_what_would_be(publisher: Publisher, capsys: Captured) -> None:
    assert main(["guideline", "publish", str(publisher.guidelines), "--to", "site", "--check"]) == Exit.OK
    said = capsys.readouterr().out
    assert said == (
        "2098.12, revision 1: would be published\n2099.06, revision 1: would be published\n\nsite would be begun.\n"
    )
    assert not publisher.site.exists()


class Refused(NamedTuple):
    """How something is refused."""

    status: Exit
    part: str


def _file(publisher: Publisher, ending: str) -> Path:
    """The text of the draft, or what was signed of it."""
    if ending != "text":
        return publisher.site / "revisions" / f"2099.06.1.{ending}"
    entry = next(one for one in publisher.index()["revisions"] if one["guideline"] == "2099.06")
    return publisher.site / "revisions" / f"{entry['sha256']}.json"


def _edited(path: Path, edit: Callable[[bytes], bytes]) -> None:
    path.write_bytes(edit(path.read_bytes()))


def _signed(change: Callable[[dict[str, Any]], object], signer: Any = KEY) -> Callable[[Publisher], None]:
    """An index that the publisher's own key signs, with something else in it."""

    def apply(publisher: Publisher) -> None:
        content = publisher.index()
        change(content)
        publisher.sign(content, signer)

    return apply


def _entry(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["revisions"][1].update(fields)


def _under_old_signatures(publisher: Publisher) -> None:
    envelope = open_index((publisher.site / INDEX).read_bytes(), INDEX)
    (publisher.site / INDEX).write_bytes(unsigned_index({**publisher.index(), "edition": 9}, envelope))


def _other_statement(publisher: Publisher) -> None:
    shutil.copy(publisher.site / "revisions" / "2098.12.1.attestation.json", _file(publisher, "attestation.json"))


def _signed_by_another(publisher: Publisher) -> None:
    publisher.sign(publisher.index(), OTHER)


TOUCHED: dict[str, tuple[Callable[[Publisher], object], Refused]] = {
    "changed bytes": (
        lambda one: _edited(_file(one, "text"), lambda data: data.replace(b"to list", b"to lost")),
        Refused(Exit.DIGEST, "the bytes are not those of 2099.06, revision 1: they were changed"),
    ),
    "cut off": (
        lambda one: _edited(_file(one, "text"), lambda data: data[:100]),
        Refused(Exit.DIGEST, "100 of "),
    ),
    "no text": (lambda one: _file(one, "text").unlink(), Refused(Exit.DIGEST, "is not where the index says")),
    "no statement": (
        lambda one: _file(one, "attestation.json").unlink(),
        Refused(Exit.SIGNATURE, "2099.06, revision 1, is not signed"),
    ),
    "a statement on another text": (_other_statement, Refused(Exit.SIGNATURE, "does not say what the index says")),
    "a receipt of another statement": (
        lambda one: shutil.copy(
            one.site / "revisions" / "2098.12.1.attestation.json.tlog-proof",
            _file(one, "attestation.json.tlog-proof"),
        ),
        Refused(Exit.RECEIPT, "the receipt is of another envelope"),
    ),
    "an index that nobody signed": (_under_old_signatures, Refused(Exit.SIGNATURE, "it was changed since")),
    "an index that somebody else signed": (_signed_by_another, Refused(Exit.SIGNATURE, "none of the 1 keys")),
    "no envelope": (
        lambda one: (one.site / INDEX).write_text('{"revisions": []}'),
        Refused(Exit.SIGNATURE, "payloadType"),
    ),
    "half an index": (
        lambda one: _edited(one.site / INDEX, lambda data: data[:200]),
        Refused(Exit.SIGNATURE, "index.signed.json is no JSON"),
    ),
    "no index": (lambda one: (one.site / INDEX).unlink(), Refused(Exit.USAGE, f"there is no {INDEX}")),
    "an index that expired": (
        _signed(lambda content: content.update(issued="2020-01-01T00:00:00Z", expires="2020-02-01T00:00:00Z")),
        Refused(Exit.EXPIRED, "edition 1 expired on 2020-02-01"),
    ),
    "an index of tomorrow": (
        _signed(lambda content: content.update(issued=moved(content["issued"], days=1))),
        Refused(Exit.EXPIRED, "which is still to come"),
    ),
    "a path in the place of an id": (
        _signed(_entry(guideline="../../etc/passwd")),
        Refused(Exit.SIGNATURE, "which is no id of a guideline"),
    ),
    "a path in the place of a digest": (
        _signed(_entry(sha256="../" * 20)),
        Refused(Exit.SIGNATURE, "must be a SHA-256"),
    ),
    "an enormous size": (_signed(_entry(size=1 << 40)), Refused(Exit.SIGNATURE, "must be a whole number from 1 to")),
    "a size that is a text": (_signed(_entry(size="12")), Refused(Exit.SIGNATURE, "must be a whole number")),
    "a form that is none": (_signed(_entry(form="html")), Refused(Exit.SIGNATURE, "must be one of json, yaml, lst")),
    "a key that nobody knows": (_signed(_entry(url="https://evil.example")), Refused(Exit.SIGNATURE, "is not known")),
    "a number that is missing": (_signed(_entry(revision=2)), Refused(Exit.SIGNATURE, "not numbered from 1 on")),
    "revisions that are no list": (
        _signed(lambda content: content.update(revisions={})),
        Refused(Exit.SIGNATURE, "must be a list of mappings"),
    ),
    "a name that is none": (_signed(lambda content: content.update(name="A\u202e")), Refused(Exit.SIGNATURE, "name")),
}


@pytest.mark.parametrize("what", TOUCHED)
def test_what_was_touched_is_refused_and_not_written(publisher: Publisher, capsys: Captured, what: str) -> None:
    publisher.publish()
    shutil.rmtree("home")  # somebody who has seen nothing yet
    touch, refused = TOUCHED[what]
    touch(publisher)
    log = ["--log-key", str(publisher.site / "log.vkey")]
    status = fetch(publisher, publisher.site, *log)
    said = capsys.readouterr()
    assert (status, refused.part in said.out + said.err) == (refused.status, True), said
    assert not Path("got.json").exists()


def test_a_text_that_was_changed_after_it_was_fetched_is_told(publisher: Publisher, capsys: Captured) -> None:
    publisher.publish()
    fetch(publisher, publisher.site)
    _edited(Path("got.json"), lambda data: data + b" ")
    verify = ["guideline", "verify", "got.json", "--key", str(publisher.public)]
    assert main(verify) == Exit.USAGE
    assert "nothing here says where got.json was published, if it was; name it with --site" in capsys.readouterr().err
    assert main([*verify, "--site", str(publisher.site)]) == Exit.DIGEST
    assert "they were changed, or never published" in capsys.readouterr().out


def _rolled_back(publisher: Publisher) -> None:
    old = publisher.files()
    publisher.change()
    publisher.publish("2099.06")
    assert fetch(publisher, publisher.site) is Exit.OK
    for path, content in old.items():
        (publisher.site / path).write_bytes(content)


def _two_editions(publisher: Publisher) -> None:
    content = publisher.index()
    publisher.sign({**content, "expires": moved(content["expires"], days=1)})


def _left_out(publisher: Publisher) -> None:
    content = publisher.index()
    publisher.sign({**content, "edition": 2, "revisions": content["revisions"][1:]})


def _rewritten(publisher: Publisher) -> None:
    content = publisher.index()
    content["revisions"][0]["sha256"] = "0" * 64
    publisher.sign({**content, "edition": 2})


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (_rolled_back, "it is edition 1, and edition 2 is known: an old one was brought back"),
        (_two_editions, "there are two different editions 1 of it"),
        (_left_out, "2098.12, revision 1, was published, and is left out now"),
        (_rewritten, "2098.12, revision 1, was published with another text"),
    ],
)
def test_an_index_that_does_not_follow_the_one_that_was_seen_is_refused(
    publisher: Publisher, capsys: Captured, change: Callable[[Publisher], None], part: str
) -> None:
    publisher.publish()
    assert fetch(publisher, publisher.site) is Exit.OK
    change(publisher)
    Path("got.json").unlink()
    capsys.readouterr()
    assert fetch(publisher, publisher.site) is Exit.DIGEST
    assert part in capsys.readouterr().out
    assert not Path("got.json").exists()
    assert publish(publisher) is Exit.UNREADABLE  # nor is it continued, by whoever has the key
    assert part in capsys.readouterr().err


def test_who_may_sign_is_said_by_whoever_reads(publisher: Publisher, capsys: Captured) -> None:
    publisher.publish()
    for grant, status in ((NAME, Exit.OK), ("example.com/*", Exit.SIGNER)):
        signers = {"name": "office", "keys": [KEY.public.line]}
        policy = {"format": "certmark-signers", "version": 1, "signers": [signers]}
        Path("policy.json").write_text(json.dumps({**policy, "grants": [{"vendors": [grant], "signers": ["office"]}]}))
        words = [str(publisher.site), "2099.06", "--policy", "policy.json", "-o", "got.json"]
        assert main(["guideline", "fetch", *words]) == status
    assert f'office may not speak for "{NAME}" (policy.json)' in capsys.readouterr().out
    Path("revoked").write_text(f"{KEY.public.id}\n")
    assert fetch(publisher, publisher.site, "--revoked", "revoked") is Exit.REVOKED
    assert "was revoked" in capsys.readouterr().out
    assert fetch(publisher, publisher.site, "--principal", "example.org/other") is Exit.SIGNER
    unnamed = [str(publisher.site), "2099.06", "-o", "none.json"]
    assert main(["guideline", "fetch", *unnamed]) == Exit.INCOMPLETE
    assert not Path("none.json").exists()
    assert main(["guideline", "fetch", *unnamed, "--without", "signer"]) == Exit.OK


def test_what_nobody_was_asked_about_is_not_remembered_and_held_against_what_is(
    publisher: Publisher, capsys: Captured
) -> None:
    publisher.publish()
    content, first = publisher.index(), publisher.files()
    shutil.rmtree("home")
    blind = ["guideline", "fetch", str(publisher.site), "2099.06", "-o", "got.json", "--without", "signer"]
    publisher.sign({**content, "edition": 99}, OTHER)
    assert main(blind) == Exit.OK
    publisher.sign({**content, "edition": 2})
    assert fetch(publisher, publisher.site) is Exit.OK
    (publisher.site / INDEX).write_bytes(first[INDEX])
    capsys.readouterr()
    assert main(blind) == Exit.DIGEST
    assert "an old one was brought back" in capsys.readouterr().out


def _trust(publisher: Publisher, digest: str) -> None:
    signers = {"name": "office", "keys": [KEY.public.line]}
    content = trust_content(
        signers={"signers": [signers], "grants": [{"vendors": [NAME], "signers": ["office"]}]},
        guidelines=[{"id": "2099.06", "sha256": digest}],
        log={"logs": [(publisher.site / "log.vkey").read_text().strip()], "receipts": "required"},
    )
    Path("trust.1.json").write_bytes(signed_trust(content))
    Path("revocations.json").write_bytes(signed_list())


def test_a_programme_says_whose_guidelines_count_and_which(publisher: Publisher, capsys: Captured) -> None:
    publisher.publish()
    words = ["guideline", "fetch", str(publisher.site), "2099.06", "-o", "got.json", "--trust", "trust.1.json"]
    _trust(publisher, publisher.index()["revisions"][1]["sha256"])
    assert main(words) == Exit.OK
    assert "is one of those that the programme names" in capsys.readouterr().out
    _trust(publisher, "0" * 64)
    assert main(words) == Exit.GUIDELINE
    _trust(publisher, publisher.index()["revisions"][1]["sha256"])
    _file(publisher, "attestation.json.tlog-proof").unlink()
    assert main(words) == Exit.INCOMPLETE
    assert "but receipt could not be checked" in capsys.readouterr().out


def _with_status(status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def _cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b"{")


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (_with_status(500), Refused(Exit.ENVIRONMENT, "the server answers 500")),
        (_with_status(403), Refused(Exit.ENVIRONMENT, "the server answers 403")),
        (_with_status(404), Refused(Exit.USAGE, "no guidelines are published at ")),
        (_cut_off, Refused(Exit.ENVIRONMENT, "broke off")),
        (endless, Refused(Exit.ENVIRONMENT, "too much for a file of its kind")),
    ],
)
def test_what_a_web_server_does_not_give_is_told(
    publisher: Publisher, site: Site, capsys: Captured, answer: Any, refused: Refused
) -> None:
    site.files[f"/{INDEX}"] = answer
    assert fetch(publisher, site.url) is refused.status
    assert refused.part in capsys.readouterr().err


def test_a_web_server_is_a_source_for_people_refstacks_clients_and_ours(
    publisher: Publisher, site: Site, capsys: Captured
) -> None:
    publisher.publish()
    url = serve(site, publisher.site)
    assert fetch(publisher, url) is Exit.OK
    digest = publisher.index()["revisions"][1]["sha256"]
    verify = ["guideline", "verify", f"{url}/revisions/{digest}.json", "--key", str(publisher.public)]
    assert main(verify) == Exit.OK
    site.files[f"/g/revisions/{digest}.json"] = b"x" * 200_000
    assert main(verify) == Exit.DIGEST
    listed = requests.get(f"{url}/v1/guidelines", timeout=60).json()
    assert [one["file"] for one in listed["powered"]] == ["2098.12.json", "2099.06.json"]
    for name in ("2099.06", "2099.06.json"):
        assert requests.get(f"{url}/v1/guidelines/{name}", timeout=60).json() == sound()
        lines = requests.get(f"{url}/v1/guidelines/{name}/tests", timeout=60).text
        capsys.readouterr()
        main(["guideline", "tests", str(publisher.guidelines / "2099.06.json"), "--format", "refstack"])
        assert lines == capsys.readouterr().out.rstrip("\n")
    text = RemoteCorpus(ServerConnection(url)).guideline("2099.06")
    assert text == (publisher.guidelines / "2099.06.json").read_bytes()
    ours = requests.get(f"{url}/api/v2/guidelines", timeout=60).json()["guidelines"]
    assert [one["id"] for one in ours] == ["2098.12", "2099.06"]
    assert ours[1].keys() == {"id", "sha256", "status", "source", "received"}


def test_no_browser_takes_what_is_published_for_a_page(publisher: Publisher) -> None:
    publisher.change("</script><script>alert(1)</script>")
    publisher.publish()
    pages = {path: content for path, content in publisher.files().items() if path.endswith(".html")}
    assert pages
    assert [path for path, content in pages.items() if b"<" in content or not content.isascii()] == []
    assert b"\\u003cscript" in pages["v1/guidelines/2099.06/index.html"]


def _feed_of(publisher: Publisher) -> list[ET.Element]:
    tree = ET.parse(publisher.site / "feed.atom")  # noqa: S314 - it was written here
    return list(tree.iter("{http://www.w3.org/2005/Atom}entry"))


def test_the_feed_has_each_revision_under_an_id_that_stays(publisher: Publisher) -> None:
    publisher.publish()
    atom = "{http://www.w3.org/2005/Atom}"
    first = {one.findtext(f"{atom}id") for one in _feed_of(publisher)}
    publisher.change()
    publisher.publish("2099.06")
    entries = _feed_of(publisher)
    assert first < {one.findtext(f"{atom}id") for one in entries}
    assert {one.findtext(f"{atom}title") for one in entries} == {
        "2098.12, revision 1: approved",
        "2099.06, revision 1: draft",
        "2099.06, revision 2: draft",
    }
    assert all(
        (publisher.site / str(link.get("href"))).is_file() for one in entries for link in one.iter(f"{atom}link")
    )


@pytest.mark.enable_socket
def test_a_real_web_server_needs_no_configuration_but_its_folder(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish()
    (tmp_path / "nginx").mkdir()
    proxy = Proxy(tmp_path / "nginx")
    # As the how-to shows it, with this test's places.
    (queries,) = re.findall(r"```text\n(location .*?)```", HOW_TO.read_text(), re.DOTALL)
    queries = queries.replace("/guidelines/v1", "/site/v1").replace("root /srv", f"root {publisher.site.parent}")
    own = (
        f"server {{ listen 127.0.0.1:{proxy.port} ssl; ssl_certificate {proxy.folder}/ca.pem; "
        f"ssl_certificate_key {proxy.folder}/key.pem; location /g/ {{ alias {publisher.site}/; }} {queries} }}"
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.trusted))
    with proxy.running(own):
        url = f"https://localhost:{proxy.port}/g"
        assert fetch(publisher, url) is Exit.OK
        assert "2098.12.json" in requests.get(f"{url}/v1/guidelines", timeout=60).text
        query = {"target": "servers", "type": "required", "alias": "true", "flag": "false"}
        lines = requests.get(f"{url}/v1/guidelines/2099.06.json/tests", query, timeout=60).text
        assert lines == (publisher.site / "v1" / "guidelines" / "2099.06" / "tests").read_text()
        assert len(lines.splitlines()) == 3
        for target, status in (("servers", 200), ("nowhere", 200)):
            answer = requests.get(f"{url[:-2]}/site/v1/guidelines/2099.06/tests", {"target": target}, timeout=60)
            assert (answer.status_code, answer.text) == (status, lines)
        text = RemoteCorpus(ServerConnection(url, ca_file=str(proxy.trusted))).guideline("2099.06")
        assert text == (publisher.guidelines / "2099.06.json").read_bytes()


def test_a_file_of_the_readers_is_not_replaced_unless_it_is_named(publisher: Publisher, capsys: Captured) -> None:
    publisher.publish()
    Path("2099.06.json").write_text("mine")
    words = ["guideline", "fetch", str(publisher.site), "2099.06", "--key", str(publisher.public)]
    assert main(words) == Exit.USAGE
    assert "2099.06.json is there already, with another text" in capsys.readouterr().err
    assert Path("2099.06.json").read_text() == "mine"
    assert main([*words, "-o", "2099.06.json"]) == Exit.OK
    assert main(words) == Exit.OK


def test_an_index_is_signed_again_once_half_of_its_time_is_over(publisher: Publisher) -> None:
    publisher.publish()
    content = publisher.index()
    publisher.sign({**content, "issued": moved(content["issued"], days=-400)})
    shutil.rmtree("home")
    assert publisher.publish().is_new
    assert publisher.index()["edition"] == 2
    assert publisher.index()["revisions"] == content["revisions"]
    assert not publisher.publish().is_new


def test_what_lies_in_the_folder_is_mended_or_missed(publisher: Publisher, capsys: Captured) -> None:
    publisher.publish()
    files = publisher.files()
    for path in files:
        if not path.startswith(("log/", INDEX)):
            (publisher.site / path).write_bytes(b"damaged")
    (publisher.site / "v1" / "guidelines" / "gone").write_text("of an earlier target")
    assert publish(publisher) is Exit.OK
    mended = publisher.files()
    assert mended.keys() == files.keys()
    odd = {path for path, content in files.items() if mended[path] != content}
    assert {path for path in odd if not path.startswith("log/") and not path.endswith(".tlog-proof")} == set()
    assert fetch(publisher, publisher.site, "--log-key", str(publisher.site / "log.vkey")) is Exit.OK
    _file(publisher, "text").unlink()
    (publisher.guidelines / "2099.06.json").unlink()
    assert publish(publisher) is Exit.UNREADABLE
    assert "bring a copy of it back" in capsys.readouterr().err


def test_the_folder_may_lie_among_what_is_published(publisher: Publisher, tmp_path: Path) -> None:
    words = ["guideline", "publish", str(tmp_path), "--to", str(publisher.site), "--key", str(publisher.key)]
    for _ in range(2):
        assert main([*words, "--name", NAME]) == Exit.OK
    assert len(publisher.index()["revisions"]) == 2


def test_json_is_what_its_schema_promises(publisher: Publisher, capsys: Captured) -> None:
    words = {
        "certmark-publication": ["guideline", "publish", str(publisher.guidelines), "--to", str(publisher.site)],
        "certmark-guideline-verification": ["guideline", "fetch", str(publisher.site), "2099.06", "-o", "got.json"],
    }
    for name, given in words.items():
        more = ["--name", NAME, "--key", str(publisher.key)] if "publish" in given else ["--key", str(publisher.public)]
        assert main([*given, *more, "--json"]) == Exit.OK
        document = json.loads(capsys.readouterr().out)
        schema = json.loads(
            (importlib.resources.files("certmark") / "data" / "schemas" / "output" / f"{name}.json").read_text()
        )
        jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
        assert document["format"] == name


def test_two_publishers_at_once_are_one_and_a_sentence(publisher: Publisher, capsys: Captured) -> None:
    publisher.publish()
    files = publisher.files()
    publisher.change()
    with held_folder(publisher.site):
        assert publish(publisher, "--revise", "2099.06") is Exit.ENVIRONMENT
    assert "another process uses " in capsys.readouterr().err
    assert publisher.files() == files


def _of_somebody(publisher: Publisher) -> None:
    publisher.site.mkdir()
    (publisher.site / "index.html").write_text("mine")


def _is_file(publisher: Publisher) -> None:
    publisher.site.write_text("mine")


def _lost(publisher: Publisher) -> None:
    publisher.publish()
    shutil.rmtree(publisher.site)


def _of_another_key(publisher: Publisher) -> None:
    publisher.publish()
    publisher.sign(publisher.index(), OTHER)


def _key_of_another_kind(publisher: Publisher) -> None:
    publisher.key.write_bytes(private_document(new_key(Algorithm.ECDSA_P256), None))


def _half_lost_log(publisher: Publisher) -> None:
    publisher.publish()
    shutil.rmtree(publisher.site / "log")
    publisher.change()


@pytest.mark.parametrize(
    ("prepare", "words", "refused"),
    [
        (_of_somebody, [], Refused(Exit.USAGE, "holds something else than published guidelines (index.html)")),
        (_is_file, [], Refused(Exit.USAGE, "is no folder")),
        (lambda _: None, ["--name", "Not A Name"], Refused(Exit.USAGE, "is no name of a publisher")),
        (lambda one: one.publish(), ["--name", "example.org/b"], Refused(Exit.USAGE, "a publisher keeps its name")),
        (lambda _: None, ["--revise", "2000.01"], Refused(Exit.USAGE, "there is no guideline '2000.01'")),
        (lambda _: None, ["--key", "missing"], Refused(Exit.USAGE, "there is no key 'missing'")),
        (_lost, [], Refused(Exit.UNREADABLE, "bring its folder back, or choose another name")),
        (_of_another_key, [], Refused(Exit.UNREADABLE, "sign with the key that signed it")),
        (_key_of_another_kind, [], Refused(Exit.UNREADABLE, "Ed25519")),
        (_half_lost_log, ["--revise", "2099.06"], Refused(Exit.UNREADABLE, "entries were lost")),
    ],
)
def test_what_cannot_be_continued_is_refused(
    publisher: Publisher,
    capsys: Captured,
    prepare: Callable[[Publisher], object],
    words: list[str],
    refused: Refused,
) -> None:
    prepare(publisher)
    assert publish(publisher, *words) is refused.status
    assert refused.part in capsys.readouterr().err


_KILLED = """
import os, signal, sys
from pathlib import Path
left, (sync, replace) = int(sys.argv[1]), (os.fsync, Path.replace)
def counted(do):
    def step(*given):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return do(*given)
    return step
os.fsync, Path.replace = counted(sync), counted(replace)
from support.published_site import Publisher, NAME
from certmark.cli.main import main
status = main(["guideline", "publish", "guidelines", "--to", "site", "--name", NAME, "--key", "key", *sys.argv[2:]])
print(left)
sys.exit(status)
"""


class Killed(BaseException):
    """Stands for a process that ends between two of its steps."""


def _not_synced(_: object) -> None:
    """A machine that loses no power."""


def _interrupted(publisher: Publisher, monkeypatch: pytest.MonkeyPatch, step: int) -> bool:
    """Whether publishing ended before its `step`-th write."""
    left = [step]

    def counted(do: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*given: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return do(*given)

        return counting

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", counted(_not_synced))
        patch.setattr(Path, "replace", counted(Path.replace))
        try:
            publisher.publish("2099.06")
        except Killed:
            return True
    return False


def test_whoever_is_interrupted_at_any_point_begins_again(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish()
    publisher.change()
    for name in ("site", "home"):
        shutil.copytree(tmp_path / name, tmp_path / f"{name}.before")
    texts = {path.read_bytes() for path in publisher.site.joinpath("revisions").glob("*.json")}
    texts.add((publisher.guidelines / "2099.06.json").read_bytes())
    monkeypatch.setattr(os, "fsync", _not_synced)
    step = 1
    while _interrupted(publisher, monkeypatch, step):
        for_readers = str(tmp_path / "reader")
        monkeypatch.setenv("CERTMARK_HOME", for_readers)
        assert fetch(publisher, publisher.site, "--log-key", str(publisher.site / "log.vkey"), "-q") is Exit.OK, step
        assert Path("got.json").read_bytes() in texts
        shutil.rmtree(for_readers)
        monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
        assert not publisher.publish("2099.06").is_refused
        assert [one["revision"] for one in publisher.index()["revisions"]] == [1, 1, 2], step
        assert [path for path in publisher.files() if ".partial" in path or re.search(r"\.\d+$", path)] == [
            path for path in publisher.files() if path.startswith("api/") and re.search(r"\.\d+$", path)
        ], step
        for name in ("site", "home"):
            shutil.rmtree(tmp_path / name)
            shutil.copytree(tmp_path / f"{name}.before", tmp_path / name)
        step += 1
    assert step > 20


@pytest.mark.parametrize("step", [3, 12])
def test_a_publisher_who_is_killed_leaves_no_lock_and_no_half_edition(
    publisher: Publisher, tmp_path: Path, step: int
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    words = [sys.executable, "-c", _KILLED, str(step)]
    ended = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert publish(publisher) is Exit.OK
    assert fetch(publisher, publisher.site) is Exit.OK
