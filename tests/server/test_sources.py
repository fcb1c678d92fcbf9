"""Where guidelines come from: folders, https, git; what is away or broken changes nothing; nothing else is reached."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.server.asking import Asker
from certmark.server.fetching import Reaching, SourceAway, fetch, target_of
from certmark.server.jobs.working import work_once
from certmark.server.opening import create, services_of
from certmark.server.services import git_sources, guidelines, jobs, listings, runs, sources
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.services.verifying import verify
from certmark.server.store import upkeep
from certmark.server.store.guidelines import every as every_revision
from certmark.server.store.listings import RunFilter
from support.git_repository import Repository
from support.loopback import free_port, running
from support.mail_server import context_for_loopback
from support.operated_server import certmark_server
from support.surveys import guideline_document

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'


def guideline(identity: str, test: str = "a.B.c") -> str:
    """A guideline that asks for one test."""
    document = guideline_document({test: {"idempotent_id": ""}})
    document["metadata"]["id"] = identity
    return json.dumps(document)


@pytest.fixture
def inside(services: Services) -> Services:
    """A server that may fetch from private addresses, as tests need."""
    return replace(services, settings=replace(services.settings, fetch_private=True, fetch_time=5.0))


def known(services: Services) -> set[str]:
    with services.database.read() as transaction:
        return {one.id for one in every_revision(transaction)}


def test_a_folder_gives_its_guidelines_and_says_which_file_is_none(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "guidelines"
    folder.mkdir()
    (folder / "ours.json").write_text(guideline("ours"))
    (folder / "broken.json").write_text("{")
    (folder / "README.md").write_text("no guideline")
    found = sources.add(services, str(folder))
    assert found.new == ("ours",)
    assert (found.problem or "").startswith("broken.json")
    assert sources.add(services, str(folder)).new == ()


def test_a_new_revision_is_judged_by_at_once_and_runs_are_judged_again(
    services: Services, ada: Asker, tmp_path: Path
) -> None:
    place, upload = tmp_path / "ours.json", tmp_path / "r.xml"
    place.write_text(guideline("ours"))
    upload.write_bytes(RESULTS)
    sources.add(services, str(place))
    run = runs.receive(services, ada, upload, AboutRun(name="r.xml", guideline="ours", program="P"))
    assert run.standing == "pass"
    place.write_text(guideline("ours", "a.B.other"))
    assert sources.refresh(services)[0].new == ("ours",)
    assert [(job.kind, job.attempts) for job in jobs.every(services)] == [("judge", 0)]
    work_once(services)
    again, _ = runs.show(services, ada, run.id)
    revision = guidelines.revision_of(services, "ours").digest
    assert (again.standing, again.guideline) == ("pass", run.guideline)
    with services.database.read() as transaction:
        (beside,) = upkeep.verdicts_beside(transaction, run.id)
    assert (beside.guideline, beside.standing) == (revision, "incomplete")
    assert revision != run.guideline
    for named, standing in ((run.guideline, "pass"), (revision, "incomplete")):
        page = listings.runs_like(services, ada, RunFilter(guideline=named), behind=None, most=9)
        assert [(one.id, one.standing, one.guideline) for one in page.runs] == [(run.id, standing, named)]
        wrong = RunFilter(guideline=named, standing="not applicable")
        assert listings.runs_like(services, ada, wrong, behind=None, most=9).runs == []
    assert list(verify(services)) == []
    with services.database.write() as transaction:
        upkeep.keep_verdicts_beside(transaction, [run._replace(guideline=revision)])
    assert "has another verdict than is kept under the guideline" in next(verify(services)).what


def test_a_source_that_is_away_changes_nothing_and_is_told_of(services: Services, tmp_path: Path) -> None:
    place = tmp_path / "ours.json"
    place.write_text(guideline("ours"))
    sources.add(services, str(place))
    place.unlink()
    (found,) = sources.refresh(services)
    assert found.new == ()
    assert "No such file" in (found.problem or "")
    assert "ours" in known(services)


def test_a_guideline_of_another_source_is_not_replaced(services: Services, tmp_path: Path) -> None:
    for name, test in (("one", "a.B.c"), ("two", "a.B.d")):
        (tmp_path / f"{name}.json").write_text(guideline("ours", test))
    assert sources.add(services, str(tmp_path / "one.json")).problem is None
    found = sources.add(services, str(tmp_path / "two.json"))
    assert found.new == ()
    assert "give this one an id of its own" in (found.problem or "")


@pytest.mark.parametrize(
    "place",
    [
        "relative/folder",
        "ext::sh -c true",
        "git+ext::sh -c true",
        "git+file:///etc",
        "git+ssh://example.org/x",
        "file:///etc/passwd",
        "https://user:pass@example.org/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://169.254.169.254/latest/meta-data",
        "git+https://10.0.0.1/x.git",
        "http://127.0.0.1/x",
    ],
)
def test_a_place_from_which_nothing_is_taken_is_refused(services: Services, place: str) -> None:
    with pytest.raises(InvalidRequest):
        sources.add(services, place)


def test_without_tls_nothing_is_fetched_from_public_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(InvalidRequest, match="without TLS"):
        target_of("http://example.org/", allow_private=True)
    assert target_of("https://example.org/x", allow_private=False).address == "93.184.215.14"


def test_a_name_with_a_private_address_among_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(InvalidRequest, match="private address"):
        target_of("https://example.org/", allow_private=False)


class Elsewhere(BaseHTTPRequestHandler):
    """A site of every kind of trouble."""

    stopped = threading.Event()
    content = guideline("fetched").encode()

    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/good.json")
            self.end_headers()
        elif self.headers.get("If-None-Match") == '"1"':
            self.send_response(304)
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(self.content) + (self.path == "/short")))
            self.end_headers()
            self.wfile.write(self.content if self.path != "/slow" else self.content[:1])
            if self.path == "/slow":
                self.stopped.wait(20)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def site(handler: type[BaseHTTPRequestHandler], stopped: threading.Event) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with running(server, stopped):
        yield f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def elsewhere() -> Iterator[str]:
    Elsewhere.stopped = threading.Event()
    with site(Elsewhere, Elsewhere.stopped) as url:
        yield url


def test_a_guideline_comes_over_http_once(inside: Services, elsewhere: str) -> None:
    assert sources.add(inside, f"{elsewhere}/good.json").new == ("fetched",)
    assert sources.refresh(inside)[0] == (f"{elsewhere}/good.json", (), None)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/redirect", "answers 302"),
        ("/short", "does not answer: IncompleteRead|broke off"),
        ("/slow", "timed out|too slow"),
        ("/large", "larger than 10 bytes"),
    ],
)
def test_what_does_not_come_whole_and_in_time_is_not_taken(elsewhere: str, path: str, sentence: str) -> None:
    largest = 10 if path == "/large" else 1 << 20
    began = time.monotonic()
    with pytest.raises(SourceAway, match=sentence):
        fetch(elsewhere + path, Reaching(allow_private=True, seconds=1.0), largest=largest)
    assert time.monotonic() - began < 15


def test_who_is_away_is_told_of(inside: Services) -> None:
    found = sources.add(inside, f"http://127.0.0.1:{free_port()}/x.json")
    assert "does not answer" in (found.problem or "")


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[Repository, str]]:
    """A repository, and where git answers for it over HTTP."""
    made = Repository(tmp_path / "repository")
    backend = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip(), "git-http-backend")

    class Git(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            path, _, query = self.path.partition("?")
            length = int(self.headers.get("content-length") or 0)
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(tmp_path),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("content-type", ""),
                "CONTENT_LENGTH": str(length),
                "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
                "HOME": str(tmp_path),
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
            }
            done = subprocess.run(
                [backend], input=self.rfile.read(length), env=environment, capture_output=True, check=False
            )
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            lines = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(lines.pop("Status", "200").split()[0]))
            for name, value in lines.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with site(Git, threading.Event()) as url:
        yield made, f"git+{url}/repository/.git"


def test_a_repository_gives_the_guidelines_of_its_top_folder_and_links_lead_nowhere(
    inside: Services, repository: tuple[Repository, str]
) -> None:
    made, place = repository
    (made.folder / "link.json").symlink_to("/etc/passwd")
    made.commit("2026-01-01", {"ours.json": guideline("ours"), "below/other.json": guideline("other"), "a.txt": "x"})
    made.git("branch", "next")
    assert sources.add(inside, place) == (place, ("ours",), None)
    made.commit("2026-01-02", {"ours.json": guideline("ours", "a.B.d")})
    assert sources.refresh(inside) == [(place, ("ours",), None)]
    assert sources.refresh(inside) == [(place, (), None)]
    found = sources.add(inside, f"{place}#nowhere")
    assert "git cannot read" in (found.problem or "")


def test_a_program_without_a_guideline_is_one_of_the_guideline_that_ships_along(
    services: Services, ada: Asker, tmp_path: Path
) -> None:
    upload = tmp_path / "r.xml"
    upload.write_bytes(RESULTS)
    run = runs.receive(services, ada, upload, AboutRun(name="r.xml", program="object"))
    assert run.guideline == guidelines.revision_of(services, guidelines.DEFAULT).digest
    assert run.standing == "incomplete"


@pytest.mark.parametrize(
    "branch",
    ["--upload-pack=touch /tmp/x", "-uploadpack", "a b", "a\nb", "--config=core.sshCommand=x", "$(id)", "a;b", "é"],
)
def test_a_branch_is_a_name_and_no_option(services: Services, branch: str) -> None:
    with pytest.raises(InvalidRequest, match="is no name of a branch"):
        sources.add(services, f"git+https://example.org/x.git#{branch}")


def test_nothing_of_a_repository_is_run_and_no_submodule_is_fetched(
    inside: Services, repository: tuple[Repository, str], tmp_path: Path
) -> None:
    made, place = repository
    mark = tmp_path / "was-run"
    made.commit("2026-01-01", {"ours.json": guideline("ours"), ".gitattributes": "*.json filter=evil\n"})
    for hook in ("post-checkout", "post-update", "pre-receive", "reference-transaction"):
        path = made.folder / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {mark}\n")
        path.chmod(0o755)
    submodule = f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch {mark}"\n'
    made.commit("2026-01-02", {".gitmodules": submodule})
    made.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},x")
    made.git("commit", "-q", "-m", "x", day="2026-01-03")
    mark.unlink(missing_ok=True)  # what the maker of the repository runs is theirs
    found = sources.add(inside, place)
    assert not mark.exists()
    # Git itself refuses such a .gitmodules, or passes it over: either way nothing of it is done.
    assert found.new == ("ours",) or "git cannot read" in (found.problem or "")


def test_a_repository_that_is_too_large_is_not_taken(
    inside: Services, repository: tuple[Repository, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, place = repository
    (made.folder / "large.bin").write_bytes(random.Random(1).randbytes(300_000))  # noqa: S311 - what does not pack
    made.commit("2026-01-01", {"ours.json": guideline("ours")})
    monkeypatch.setattr(git_sources, "_LARGEST_REPOSITORY", 100_000)
    assert "git cannot read" in (sources.add(inside, place).problem or "")
    assert "ours" not in known(inside)


def test_a_source_with_too_many_guidelines_is_not_taken(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_FILES", 2)
    for number in range(3):
        (tmp_path / f"{number}.json").write_text(guideline(f"g{number}"))
    assert "more than 2 guidelines" in (sources.add(services, str(tmp_path)).problem or "")
    assert known(services).isdisjoint({"g0", "g1", "g2"})


def test_a_guideline_that_breaks_its_reader_is_told_of_and_the_others_come(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "guidelines"
    folder.mkdir()
    (folder / "bomb.yaml").write_text("a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(9)))
    (folder / "deep.json").write_text("[" * 200_000)
    (folder / "ours.json").write_text(guideline("ours"))
    found = sources.add(services, str(folder))
    assert found.new == ("ours",)
    assert "bomb.yaml" in (found.problem or "")
    assert "deep.json" in (found.problem or "")


def test_a_new_revision_is_seen_by_every_process_at_once(services: Services, ada: Asker, tmp_path: Path) -> None:
    place, upload = tmp_path / "ours.json", tmp_path / "r.xml"
    upload.write_bytes(RESULTS)
    place.write_text(guideline("ours"))
    settings = replace(services.settings, data=tmp_path / "other")
    create(settings)
    with services_of(settings) as other:
        sources.add(services, str(place))
        about = AboutRun(name="r.xml", guideline="ours", program="P")
        assert runs.receive(other, ada, upload, about).standing == "pass"
        place.write_text(guideline("ours", "a.B.other"))
        sources.refresh(services)
        assert runs.receive(other, ada, upload, about).standing == "incomplete"
        work_once(other)
        assert [job for job in jobs.every(services) if job.problem or job.due <= services.clock()] == []


def test_an_address_with_a_certificate_of_ones_own_is_read_where_ca_file_says_so(tmp_path: Path) -> None:
    context = context_for_loopback(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server, threading.Event()):
        url = f"https://127.0.0.1:{server.server_address[1]}/good.json"
        ours = Reaching(allow_private=True, seconds=5.0, ca_file=tmp_path / "ca.pem")
        assert fetch(url, ours, largest=1 << 20).body == Elsewhere.content
        with pytest.raises(SourceAway, match="certificate verify failed"):
            fetch(url, ours._replace(ca_file=None), largest=1 << 20)
        with pytest.raises(CannotProceed, match="ca_file"):
            fetch(url, ours._replace(ca_file=tmp_path / "none.pem"), largest=1 << 20)


def test_a_name_that_says_another_address_a_moment_later_leads_where_was_looked(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second answer would be another machine."""
    port = int(elsewhere.rpartition(":")[2])
    answers = iter([("127.0.0.1", port), ("169.254.169.254", 80)])
    asked = []

    def resolve(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", next(answers))]

    monkeypatch.setattr("certmark.server.fetching.socket.getaddrinfo", resolve)
    monkeypatch.setattr("certmark.server.fetching.socket.create_connection", _connected_by_number)
    found = fetch(
        f"http://rebinding.example.org:{port}/good.json", Reaching(allow_private=True, seconds=5.0), largest=99999
    )
    assert found.body == Elsewhere.content
    assert asked == ["rebinding.example.org"]


def _connected_by_number(address: tuple[str, int], timeout: float) -> socket.socket:
    """As `socket.create_connection`, without asking for names."""
    found = socket.socket()
    found.settimeout(timeout)
    found.connect(address)
    return found


def test_one_who_sends_a_byte_now_and_then_is_ended_by_the_clock_of_the_whole() -> None:
    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.0 200 OK\r\n")
                while not stopped.wait(0.1):
                    self.wfile.write(b"X")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    stopped = threading.Event()
    with site(Dripping, stopped) as url, pytest.raises(SourceAway, match="is too slow"):
        fetch(url, Reaching(allow_private=True, seconds=1.0), largest=1 << 20)


@pytest.mark.thorough
def test_the_operator_sees_what_is_wrong_with_a_source(tmp_path: Path) -> None:
    folder, data = tmp_path / "guidelines", str(tmp_path / "data")
    folder.mkdir()
    (folder / "ours.json").write_text(guideline("ours"))
    assert certmark_server("guidelines", "add", str(folder), data=data).returncode == 0
    good = certmark_server("guidelines", "list", data=data)
    assert (good.returncode, good.stdout.split("\t")[2:]) == (0, ["ok", "ours\n"])
    folder.rename(tmp_path / "elsewhere")
    certmark_server("guidelines", "refresh", data=data)
    bad = certmark_server("guidelines", "list", "--json", data=data)
    (source,) = json.loads(bad.stdout)["sources"]
    assert bad.returncode == 1
    assert (source["place"], source["guidelines"]) == (str(folder), ["ours"])
    assert "No such file" in source["problem"]
    assert "No such file" in certmark_server("doctor", data=data).stdout
