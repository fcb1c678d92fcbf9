"""Answers over HTTP: who may keep them, what has not changed, parts, lists and what is narrowed down."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from certmark.server.api.application import application
from certmark.server.asking import STRANGER, Asker
from certmark.server.services.context import Services
from support.server import answering

pytestmark = pytest.mark.enable_socket
PASSED = b'<testsuite name="s"><testcase classname="a.B" name="c"/><testcase classname="a.B" name="d"/></testsuite>'
FAILED = PASSED.replace(b'name="c"/>', b'name="c"><failure message="no"/></testcase>')
CLOUD = "openstack:0123456789abcdef0123456789abcdef"


@pytest.fixture
def url(services: Services, ada: Asker, bob: Asker) -> Iterator[str]:
    """A server that believes the header `Who`."""
    askers = {"ada": ada, "bob": bob, "": STRANGER}
    with answering(application(services, lambda request: askers[request.headers.get("who", "")])) as address:
        yield f"{address}/api/v2"


def ask(url: str, path: str, who: str = "ada", method: str = "GET", **more: Any) -> requests.Response:
    return requests.request(method, url + path, headers={"Who": who, **more.pop("headers", {})}, timeout=60, **more)


def sent(url: str, data: bytes = PASSED, who: str = "ada", **params: Any) -> dict[str, Any]:
    answer = ask(url, "/runs", who, "POST", params={"name": "r.xml", **params}, data=data)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def ids(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [run["id"] for run in answer.json()["runs"]]


def test_a_part_of_evidence_is_had_by_its_range(url: str) -> None:
    path = f"/runs/{sent(url)['id']}/evidence"
    whole = ask(url, path)
    assert whole.content == PASSED
    assert whole.headers["ETag"] == f'"{hashlib.sha256(PASSED).hexdigest()}"'
    for asked, content in (("bytes=0-9", PASSED[:10]), ("bytes=10-", PASSED[10:]), ("bytes=-5", PASSED[-5:])):
        part = ask(url, path, headers={"Range": asked})
        assert (part.status_code, part.content) == (206, content)
    assert part.headers["Content-Range"] == f"bytes {len(PASSED) - 5}-{len(PASSED) - 1}/{len(PASSED)}"
    assert ask(url, path, headers={"Range": "bytes=9999-"}).status_code == 416
    other = ask(url, path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, PASSED)


def test_what_has_not_changed_is_not_sent_again(url: str) -> None:
    run = sent(url)
    for path in (f"/runs/{run['id']}", f"/runs/{run['id']}/evidence", "/guidelines", "/runs"):
        tag = ask(url, path).headers["ETag"]
        again = ask(url, path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")


def test_whoever_may_not_see_a_run_is_not_told_that_it_has_not_changed(url: str) -> None:
    path = f"/runs/{sent(url)['id']}"
    tag = ask(url, path).headers["ETag"]
    for named in (tag, "*"):
        assert ask(url, path, "bob", headers={"If-None-Match": named}).status_code == 404


def test_public_answers_may_be_kept_and_private_ones_not(url: str) -> None:
    mine, everybodys = sent(url), sent(url, public="true")
    digest = ask(url, "/guidelines").json()["guidelines"][0]["sha256"]
    for path, kept in (
        (f"/runs/{mine['id']}", "no-store"),
        (f"/runs/{mine['id']}/evidence", "no-store"),
        ("/runs", "no-store"),
        (f"/runs/{everybodys['id']}", "public, max-age=60"),
        (f"/runs/{everybodys['id']}/evidence", "public, max-age=60"),
        ("/runs?of=public", "public, max-age=60"),
        (f"/guidelines/{digest}", "public, max-age=31536000, immutable"),
    ):
        answer = ask(url, path)
        assert answer.headers["Cache-Control"] == kept, path
        assert "Authorization" in answer.headers["Vary"]


def test_head_is_get_without_its_body_and_options_say_what_there_is(url: str) -> None:
    run = sent(url)
    for path in (f"/runs/{run['id']}", f"/runs/{run['id']}/evidence"):
        head, get = ask(url, path, method="HEAD"), ask(url, path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.content))
    options = ask(url, "/runs", "", method="OPTIONS")
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_lists_are_narrowed_down_by_what_is_known_of_runs(url: str) -> None:
    about: dict[str, Any] = {
        "vendor": "V",
        "product": "P",
        "version": "1",
        "region": "R",
        "subject": CLOUD,
        "tag": "ci=42",
    }
    first = sent(url, PASSED, "ada", guideline="2026.11", program="object", **about)
    second = sent(url)
    assert ids(ask(url, "/runs")) == [second["id"], first["id"]]
    for query in (
        "vendor=V", "product=P", "version=1", "region=R", f"subject={CLOUD}", "tag=ci%3D42", "program=object",
        "standing=incomplete", f"guideline={first['verdict']['guideline']}", "partial=true",
        f"until={second['created']}", f"since={first['created']}&vendor=V",
    ):  # fmt: skip
        assert ids(ask(url, f"/runs?{query}")) == [first["id"]], query
    for query in ("vendor=W", "tag=ci%3D43", "standing=pass", "partial=false", "program=%25", "program=_"):
        assert ids(ask(url, f"/runs?{query}")) == [], query
    page = ask(url, "/runs?limit=1")
    assert ids(ask(url, f"/runs?limit=1&cursor={page.json()['next']}")) == [first["id"]]


def test_strangers_see_public_runs_and_clouds_only(url: str) -> None:
    sent(url, subject=CLOUD)
    seen = sent(url, subject=CLOUD, public="true")
    assert ids(ask(url, "/runs", "")) == [seen["id"]]
    assert ask(url, "/clouds", "").json()["clouds"][0]["runs"] == 1
    assert ask(url, "/clouds").json()["clouds"][0]["runs"] == 2
    assert ask(url, "/runs?of=mine", "").status_code == 401


def test_a_partial_run_does_not_take_the_place_of_the_last_whole_one(url: str, examples: bytes) -> None:
    whole = sent(url, examples, subject=CLOUD, guideline="2026.11", program="object", name="r.subunit")
    assert not whole["verdict"]["is_partial"]
    partial = sent(url, subject=CLOUD, guideline="2026.11", program="object")
    assert partial["verdict"]["is_partial"]
    (cloud,) = ask(url, "/clouds").json()["clouds"]
    assert (cloud["runs"], cloud["whole"]["id"]) == (2, whole["id"])
    # Of an id, which says when it was made to the millisecond.
    assert cloud["last"] == re.sub(r"\d{3}Z$", "000Z", partial["created"])


def test_a_test_is_followed_through_runs_of_whoever_asks(url: str) -> None:
    first, second = sent(url), sent(url, FAILED)
    sent(url, who="bob")
    moments = ask(url, "/tests/history?test=a.B.c").json()["moments"]
    assert [(one["run"], one["outcome"]) for one in moments] == [(second["id"], "failed"), (first["id"], "passed")]
    page = ask(url, "/tests/history?test=a.B.c&limit=1").json()
    rest = ask(url, f"/tests/history?test=a.B.c&cursor={page['next']}").json()
    assert [one["run"] for one in page["moments"] + rest["moments"]] == [second["id"], first["id"]]
    assert ask(url, "/tests/history?test=a.B.x").status_code == 404


def test_two_runs_are_compared(url: str) -> None:
    before, after = sent(url), sent(url, FAILED)
    answer = ask(url, f"/runs/{after['id']}/comparison?before={before['id']}")
    assert answer.headers["Certmark-Newly-Failing"] == "1"
    assert answer.json()["format"] == "certmark-results-diff"
    assert ask(url, f"/runs/{after['id']}/comparison?before={before['id']}", "bob").status_code == 404


def test_results_of_one_outcome_only(url: str) -> None:
    run = sent(url, FAILED)
    failed = ask(url, f"/runs/{run['id']}/results?outcome=failed").json()["results"]
    assert [one["name"] for one in failed] == ["a.B.c"]


def test_a_verdict_is_had_by_any_policy_and_day(url: str) -> None:
    path = f"/runs/{sent(url, FAILED, guideline='2026.11', program='object')['id']}/verdict"
    verdict = ask(url, f"{path}?policy=conformance&as_of=2026-01-02").json()
    assert verdict["judgement"]["as_of"] == "2026-01-02"
    assert verdict["judgement"]["policy"]["name"] == "conformance"
    for query in ("policy=lenient", "policy=%7B", "program=nothing", "as_of=2026-02-30"):
        assert ask(url, f"{path}?{query}").status_code in {400, 422}


def test_what_is_in_a_guideline(url: str) -> None:
    (program,) = [
        one for one in ask(url, "/guidelines/2026.11/programs").json()["programs"] if "object" in one["aliases"]
    ]
    key = program["capabilities"][0]["capability"]
    capabilities = {one["key"]: one for one in ask(url, "/guidelines/2026.11/capabilities").json()["capabilities"]}
    tests = ask(url, f"/guidelines/2026.11/tests?capability={key}").json()["tests"]
    assert len(tests) == capabilities[key]["tests"] > 0
    text = ask(url, "/guidelines/2026.11")
    assert hashlib.sha256(text.content).hexdigest() == text.headers["Certmark-Guideline"]
    assert ask(url, "/guidelines/2099.01").status_code == 404


def test_a_refusal_says_where(url: str) -> None:
    for path, pointer in (("/runs?limit=0", "limit"), ("/runs?colour=red", "colour"), ("/runs?since=now", "since")):
        problem = ask(url, path).json()
        assert problem["pointer"] == pointer
        assert problem["detail"].startswith(f"{pointer}: ")
    live = ask(url, "/live", method="POST").json()
    problem = ask(url, f"/live/{live['id']}", method="PUT", json={"planned": 1, "done": -1}).json()
    assert problem["pointer"] == "/done"


def test_how_far_a_run_is_that_goes_on_elsewhere(url: str) -> None:
    live = ask(url, "/live", method="POST", params={"program": "object"}).json()
    path = f"/live/{live['id']}"
    assert ask(url, path, method="PUT", json={"planned": 58, "done": 3, "passed": 3}).status_code == 200
    assert ask(url, path).json()["progress"]["done"] == 3
    assert [one["id"] for one in ask(url, "/live").json()["live"]] == [live["id"]]
    assert {ask(url, path, "bob", method).status_code for method in ("GET", "DELETE")} == {404}
    assert ask(url, path, method="PUT", data=b"[" * 60000).status_code == 400
    assert ask(url, path, method="DELETE").status_code == 204
    assert ask(url, path).status_code == 404
