"""What is sent, whole or in pieces, with an attestation or without: what agrees is kept, what does not is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from certmark.server.api.application import application
from certmark.server.asking import STRANGER, Asker
from certmark.server.jobs.kinds import KINDS
from certmark.server.jobs.working import work_once
from certmark.server.opening import create, services_of
from certmark.server.services import collecting, uploads
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.runs import AboutRun, latest_whole
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from support.server import answering
from support.signed import Signed

pytestmark = pytest.mark.enable_socket
PASSED = b'<testsuite name="s"><testcase classname="a.B" name="c"/></testsuite>'


@pytest.fixture
def url(services: Services, ada: Asker, bob: Asker) -> Iterator[str]:
    """A server that believes the header `Who`."""
    askers = {"ada": ada, "bob": bob, "": STRANGER}
    with answering(application(services, lambda request: askers[request.headers.get("who", "")])) as address:
        yield f"{address}/api/v2"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A bundle, and who signs it."""
    return Signed(tmp_path_factory.mktemp("signed"))


@pytest.fixture
def known(services: Services, signed: Signed) -> str:
    """The guideline in the bundle, which the server has."""
    digest = signed.guideline.sha256
    revision = Revision(bytes.fromhex(digest), signed.guideline.id, "", "a test", 1)
    with services.database.write() as transaction:
        guidelines.add(transaction, revision, signed.guideline.data)
    return digest


def ask(url: str, path: str, who: str = "ada", method: str = "GET", **more: Any) -> requests.Response:
    return requests.request(method, url + path, headers={"Who": who, **more.pop("headers", {})}, timeout=60, **more)


def post(url: str, data: bytes, **params: Any) -> requests.Response:
    return ask(url, "/runs", method="POST", params={"name": "run.tar.gz", **params}, data=data)


def runs(url: str) -> list[Any]:
    return list(ask(url, "/runs").json()["runs"])


def test_a_bundle_says_itself_what_it_is_judged_by(url: str, signed: Signed, known: str) -> None:
    run = post(url, Path(signed.bundle).read_bytes()).json()
    assert run["verdict"]["standing"] == "pass"
    assert run["verdict"]["guideline"] == known
    assert run["suite"] == "toy 1"


def test_a_bundle_whose_guideline_is_not_here_is_kept_and_not_judged(url: str, signed: Signed) -> None:
    run = post(url, Path(signed.bundle).read_bytes())
    assert run.status_code == 201
    assert run.json()["verdict"] is None


def test_a_sender_who_contradicts_the_bundle_is_refused(url: str, signed: Signed, known: str) -> None:
    refused = post(url, Path(signed.bundle).read_bytes(), guideline="2026.11", program="object")
    assert known
    assert refused.status_code == 422
    assert refused.json()["pointer"] == "guideline"
    assert "run.tar.gz" in refused.json()["detail"]
    assert runs(url) == []


def test_an_attestation_of_the_very_bytes_is_kept_with_the_run(url: str, signed: Signed, known: str) -> None:
    run = post(url, Path(signed.bundle).read_bytes()).json()
    path = f"/runs/{run['id']}/attestation"
    assert known
    assert ask(url, path).status_code == 404
    envelope = signed.attestation()
    assert ask(url, path, "bob", "PUT", data=envelope).status_code == 404
    attested = ask(url, path, method="PUT", data=envelope)
    assert attested.status_code == 200, attested.text
    assert (attested.json()["vendor"], attested.json()["product"]) == ("Acme", "Acme Cloud")
    assert ask(url, path).content == envelope
    assert ask(url, path, "bob").status_code == 404


def test_an_attestation_that_is_of_other_bytes_or_another_product_is_refused(url: str, signed: Signed) -> None:
    other = post(url, PASSED).json()
    refused = ask(url, f"/runs/{other['id']}/attestation", method="PUT", data=signed.attestation())
    assert refused.status_code == 422
    assert "speaks of other bytes" in refused.json()["detail"]
    run = post(url, Path(signed.bundle).read_bytes(), vendor="Somebody else").json()
    refused = ask(url, f"/runs/{run['id']}/attestation", method="PUT", data=signed.attestation())
    assert (refused.status_code, refused.json()["pointer"]) == (422, "vendor")
    for data in (b"", b"{}", b"hello", signed.attestation()[:-20]):
        assert ask(url, f"/runs/{run['id']}/attestation", method="PUT", data=data).status_code == 422


def test_nothing_in_it_and_could_not_be_read_are_two_answers(url: str) -> None:
    empty, other = (post(url, data, name="r.xml") for data in (b'<testsuite name="s"/>', b"hello"))
    assert empty.status_code == other.status_code == 422
    assert "was read, and no test is in it" in empty.json()["detail"]
    assert "which is not results" in other.json()["detail"]
    assert runs(url) == []


def test_bytes_that_were_damaged_on_their_way_are_refused(url: str) -> None:
    right = hashlib.sha256(PASSED).hexdigest()
    refused = post(url, PASSED[:-1], sha256=right)
    assert (refused.status_code, refused.json()["pointer"]) == (422, "sha256")
    assert post(url, PASSED, sha256=right).status_code == 201
    assert post(url, PASSED, tag=["a=1", "a=2"]).json()["pointer"] == "tag"


@pytest.fixture
def reading_later(services: Services) -> Services:
    """A server that reads nothing while its sender waits."""
    object.__setattr__(services.settings, "largest_read_at_once", 0)
    return services


def test_what_is_large_is_kept_at_once_and_read_by_a_job(
    url: str, reading_later: Services, signed: Signed, known: str
) -> None:
    answer = post(url, Path(signed.bundle).read_bytes(), tag="a=b")
    assert (answer.status_code, answer.json()["state"], answer.headers["Retry-After"]) == (202, "received", "1")
    path = answer.headers["Location"].removeprefix("/api/v2")
    assert ask(url, path, method="GET").json() == answer.json()
    for what in ("verdict", "results"):
        waits = ask(url, f"{path}/{what}")
        assert (waits.status_code, "was not read yet" in waits.json()["detail"]) == (503, True)
    assert ask(url, f"{path}/attestation", method="PUT", data=signed.attestation()).status_code == 200
    work_once(reading_later)
    run = ask(url, path).json()
    assert (run["state"], run["verdict"]["standing"], run["verdict"]["guideline"]) == ("read", "pass", known)
    assert (run["suite"], run["vendor"], run["tags"]) == ("toy 1", "Acme", {"a": "b"})
    assert len(ask(url, f"{path}/results").json()["results"]) == 2


def test_large_evidence_that_cannot_be_read_says_why(url: str, reading_later: Services, signed: Signed) -> None:
    sent = {
        "which is not results": post(url, b"hello"),
        "no test is in it": post(url, b'<testsuite name="s"/>'),
        "the guideline is": post(url, Path(signed.bundle).read_bytes(), guideline="2026.11", program="object"),
    }
    assert [answer.status_code for answer in sent.values()] == [202, 202, 202]
    work_once(reading_later)
    for why, answer in sent.items():
        run = ask(url, f"/runs/{answer.json()['id']}").json()
        assert (run["state"], run["verdict"], why in run["problem"]) == ("unreadable", None, True)
        for what in ("verdict?guideline=2026.11&program=object", "results"):
            refused = ask(url, f"/runs/{run['id']}/{what}")
            assert (refused.status_code, refused.json()["detail"]) == (422, run["problem"])


def test_what_was_not_read_is_neither_whole_nor_partial(url: str, reading_later: Services, ada: Asker) -> None:
    about = {"guideline": "2026.11", "program": "object", "vendor": "Acme", "product": "Cloud"}
    assert post(url, PASSED, **about).status_code == 202
    assert [ask(url, f"/runs?partial={word}").json()["runs"] for word in ("true", "false")] == [[], []]
    with pytest.raises(NotFound):
        latest_whole(reading_later, ada, vendor="Acme", product="Cloud", program="object")


def begun(url: str, size: int, **params: Any) -> str:
    answer = ask(url, "/uploads", method="POST", params={"name": "r.xml", "size": size, **params})
    assert answer.status_code == 201, answer.text
    return f"/uploads/{answer.json()['id']}"


def test_what_comes_in_pieces_is_one_run_however_often_it_is_finished(url: str, services: Services) -> None:
    upload = begun(url, len(PASSED), tag="a=b")
    assert ask(url, f"{upload}/run", method="POST").status_code == 409
    assert ask(url, f"{upload}?offset=0", method="PATCH", data=PASSED[:20]).json().get("received") == 20
    for offset in (0, 19, 21):
        assert ask(url, f"{upload}?offset={offset}", method="PATCH", data=b"x").status_code == 409
    assert ask(url, upload).json()["received"] == 20
    assert ask(url, f"{upload}?offset=20", method="PATCH", data=PASSED[20:] + b"x").status_code == 413
    ask(url, f"{upload}?offset=20", method="PATCH", data=PASSED[20:])
    first, second = (ask(url, f"{upload}/run", method="POST") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first.json()["tags"] == {"a": "b"}
    assert ask(url, f"/runs/{first.json()['id']}/evidence").content == PASSED
    assert ask(url, upload).status_code == 404
    assert list(services.evidence.digests()) == []


def test_an_upload_is_found_by_its_key_until_its_run_is_deleted(url: str) -> None:
    key = {"headers": {"Idempotency-Key": "k"}}
    params = {"name": "r.xml", "size": len(PASSED), "sha256": hashlib.sha256(PASSED).hexdigest()}

    def begin(who: str = "ada", **more: Any) -> Any:
        return ask(url, "/uploads", who, "POST", params={**params, **more}, **key)

    path = f"/uploads/{begin().json()['id']}"
    ask(url, f"{path}?offset=0", method="PATCH", data=PASSED[:20])
    assert (f"/uploads/{begin().json()['id']}", begin().json()["received"]) == (path, 20)
    assert begin(size=5).status_code == begin(program="object").status_code == 409
    assert begin("bob").json()["received"] == 0
    ask(url, f"{path}?offset=20", method="PATCH", data=PASSED[20:])
    run = ask(url, f"{path}/run", method="POST").json()
    assert begin().json()["received"] == len(PASSED)
    assert begin(sha256="0" * 64).status_code == 409
    assert ask(url, f"{path}/run", method="POST").json() == run
    assert ask(url, "/uploads").json()["uploads"] == []
    ask(url, f"/runs/{run['id']}", method="DELETE")
    assert begin().json()["received"] == 0


def test_many_who_finish_one_upload_at_once_get_the_same_run(url: str) -> None:
    for _ in range(3):
        upload = begun(url, len(PASSED))
        ask(url, f"{upload}?offset=0", method="PATCH", data=PASSED)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda path: ask(url, path, method="POST"), [f"{upload}/run"] * 8))
        assert [answer.status_code for answer in answers] == [201] * 8, [answer.text for answer in answers]
        assert len({answer.json()["id"] for answer in answers}) == 1


def test_of_pieces_that_come_at_once_the_one_that_was_acknowledged_is_kept(url: str) -> None:
    pieces = [b'<testsuite><testcase classname="a.B" name="c%d"/></testsuite>' % number for number in range(8)]
    for _ in range(3):
        upload = begun(url, len(pieces[0]))
        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(ask, url, f"{upload}?offset=0", method="PATCH", data=piece) for piece in pieces]
            statuses = [answer.result().status_code for answer in sent]
        assert sorted(statuses) == [200] + [409] * 7
        run = ask(url, f"{upload}/run", method="POST").json()["id"]
        assert ask(url, f"/runs/{run}/evidence").content == pieces[statuses.index(200)]


def test_an_upload_is_its_owners(url: str) -> None:
    upload = begun(url, 5)
    for method, path in (("GET", ""), ("PATCH", "?offset=0"), ("POST", "/run"), ("DELETE", "")):
        assert ask(url, upload + path, "bob", method, data=b"hello").status_code == 404
    assert [f"/uploads/{one['id']}" for one in ask(url, "/uploads").json()["uploads"]] == [upload]
    assert ask(url, "/uploads", "bob").json()["uploads"] == []


def test_each_limit_of_uploads_has_its_own_refusal(url: str, services: Services) -> None:
    most = services.settings.largest_upload
    too_large = ask(url, "/uploads", method="POST", params={"name": "x", "size": most + 1})
    assert (too_large.status_code, f"{most:,}" in too_large.json()["detail"]) == (413, True)
    for _ in range(services.settings.open_uploads):
        begun(url, 1)
    too_many = ask(url, "/uploads", method="POST", params={"name": "x", "size": 1})
    assert too_many.status_code == 429
    assert too_many.headers["Retry-After"]
    assert "unfinished uploads" in too_many.json()["detail"]


def test_an_upload_of_which_nothing_came_for_a_day_is_forgotten(services: Services, ada: Asker, tmp_path: Path) -> None:
    piece = tmp_path / "piece"
    piece.write_bytes(b"hello")
    about = AboutRun(name="x")
    old = uploads.begin(services, ada, about, 9)
    uploads.add(services, ada, old.id, 0, piece)
    collecting.collect(services, grace=-60)
    assert len(list(services.evidence.digests())) == 1
    later = services.clock() + uploads.LIFETIME + 10**6
    assert KINDS["collect"](replace(services, clock=lambda: later), "") is not None
    assert not uploads.own(services, ada)
    assert not list(services.evidence.digests())


def test_pieces_are_where_every_process_of_a_server_reaches_them(
    services: Services, ada: Asker, tmp_path: Path, database_url: str
) -> None:
    piece = tmp_path / "piece"
    piece.write_bytes(PASSED[:20])
    begun = uploads.begin(services, ada, AboutRun(name="r.xml"), len(PASSED))
    uploads.add(services, ada, begun.id, 0, piece)
    elsewhere = str(services.settings.data / "evidence")
    settings = read_settings(
        None, {}, data=str(tmp_path / "other"), database_url=database_url, evidence_url=f"file://{elsewhere}"
    )
    create(settings)
    with services_of(settings) as other:
        piece.write_bytes(PASSED[20:])
        uploads.add(other, ada, begun.id, 20, piece)
        run = uploads.finish(other, ada, begun.id)
    assert uploads.finish(services, ada, begun.id).id == run.id
    assert run.digest == hashlib.sha256(PASSED).digest()
