"""Votes, nominations and questionnaires: over HTTP, on pages, and as evidence for scores."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.permissions import Role
from certmark.server.api.application import application
from certmark.server.asking import STRANGER, Asker
from certmark.server.opening import create, services_of
from certmark.server.services import offices, opinions, people, questionnaires, runs
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from server.conftest import newcomer
from server.test_corpus_api import filled, junit
from support.lint_documents import LIST, SHOW, encoded, sound
from support.server import answering
from support.web_pages import Pages, path_of, wrong

pytestmark = pytest.mark.enable_socket
OWN = {
    "format": "certmark-questionnaire", "version": 1, "word": "two", "title": "Two <questions>", "closes": "2027-01-31",
    "questions": [
        {"word": "swift-there", "asks": "Swift?", "choices": {"yes": "we do", "no": "no"},
         "criterion": "deployed", "capabilities": ["li*"]},
        {"word": "more", "asks": "More?", "optional": True},
    ],
}  # fmt: skip
OPEN, CLOSED = 1_799_000_000_000_000, 1_801_526_400_000_000
"""Moments before and after the end of that day."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("questionnaires")
    (folder / "two.json").write_text(json.dumps(OWN))
    given = {"data": str(tmp_path_factory.mktemp("site")), "questionnaires": str(folder)}
    settings = read_settings(None, {}, public_url="http://127.0.0.1:8300", **given)
    create(settings)
    with services_of(settings) as services:
        filled(services, tmp_path_factory.mktemp("runs"))
        yield Pages(dataclasses.replace(services, clock=lambda: OPEN))


def runner(pages: Pages, name: str, folder: Path) -> Asker:
    """Somebody who sent a run."""
    who = newcomer(pages.services, name)
    (folder / "r.xml").write_bytes(junit(LIST))
    runs.receive(pages.services, who, folder / "r.xml", AboutRun(name="r.xml"))
    return who


def test_who_sent_a_run_votes_once_and_may_change_it_and_take_it_back(pages: Pages, tmp_path: Path) -> None:
    ada, bob = runner(pages, "ada", tmp_path), runner(pages, "bob", tmp_path)
    assert "Whoever has sent a run may vote" in pages.get(f"/tests/{LIST}").text
    assert "Vote on it" in pages.get(f"/tests/{LIST}", ada).text
    assert "no vote of mine" not in pages.get(f"/votes/new?test={LIST}", ada).text
    vote = {"test": LIST, "vote": "for", "reason": "Clouds <b>differ</b> here"}
    assert path_of(pages.send("/votes/new", ada, **vote)) == f"/tests/{LIST}"
    pages.send("/votes/new", bob, **vote | {"vote": "against", "reason": "Needs an administrator"})
    page = pages.get(f"/tests/{LIST}", ada).text
    assert "1 for it in a guideline, 1 against" in page
    assert "Clouds &lt;b&gt;differ&lt;/b&gt; here" in page
    assert ada.name not in page.replace("Sign", "")
    said = pages.json(f"/tests/{LIST}", bob)["opinions"]
    assert (said["own"], said["may_vote"]) == (False, True)
    pages.send("/votes/new", bob, **vote | {"reason": "Changed my mind"})
    assert pages.json(f"/tests/{LIST}")["opinions"]["number_for"] == 2
    assert "no vote of mine" in pages.get(f"/votes/new?test={LIST}", bob).text
    pages.send("/votes/new", bob, test=LIST, vote="none")
    pages.send("/votes/new", ada, test=LIST, vote="none")
    said = pages.json(f"/tests/{LIST}")["opinions"]
    assert (said["number_for"], said["number_against"], said["newest"]) == (0, 0, [])


def test_whoever_ran_nothing_has_no_vote(pages: Pages) -> None:
    eve = newcomer(pages.services, "eve")
    found = pages.send("/votes/new", eve, test=LIST, vote="for", reason="x")
    assert found.status_code == 409
    assert "send a run first" in wrong(found)
    found = pages.send("/nominations/new", eve, test="x.y", link="https://example.org/", reason="x")
    assert "send a run first" in wrong(found)
    assert pages.get("/votes/new", eve).status_code == 400
    assert pages.get("/votes/new?test=none.such", eve).status_code == 404


def test_a_test_that_no_guideline_tracks_is_nominated_and_one_that_it_does_is_not(pages: Pages, tmp_path: Path) -> None:
    ada, bob = runner(pages, "ada", tmp_path), runner(pages, "bob", tmp_path)
    own = {"test": "acme.tests.<i>", "link": "https://example.org/acme", "reason": "Ours, and all could run it"}
    assert path_of(pages.send("/nominations/new", ada, **own)) == "/nominations"
    assert "ou nominated that test already" in wrong(pages.send("/nominations/new", ada, **own))
    assert "vote on it instead" in wrong(pages.send("/nominations/new", ada, **own | {"test": SHOW}))
    assert "he link says where" in wrong(pages.send("/nominations/new", ada, **own | {"link": "javascript:1"}))
    assert "acme.tests.&lt;i&gt;" in pages.get("/nominations").text
    (line,) = pages.json("/nominations", ada)["nominations"]
    assert pages.json("/nominations", bob)["nominations"][0]["end"] == ""
    assert pages.send(line["end"], bob).status_code == 404
    assert path_of(pages.send(line["end"], ada)) == "/nominations"
    assert pages.json("/nominations")["nominations"] == []


def test_a_questionnaire_is_answered_once_changed_and_taken_back(pages: Pages) -> None:
    ada = newcomer(pages.services, "ada")
    assert "Two &lt;questions&gt;" in pages.get("/questionnaires").text
    assert pages.get("/questionnaires/two/answer").status_code == 303
    assert "the answer is one of yes, no" in wrong(pages.send("/questionnaires/two/answer", ada, q0="maybe"))
    assert path_of(pages.send("/questionnaires/two/answer", ada, q0="yes", q1="All <i>of</i> it")) == (
        "/questionnaires/two"
    )
    page = pages.get("/questionnaires/two", ada).text
    assert "You: we do" in page
    assert "All &lt;i&gt;of&lt;/i&gt; it" in page
    assert "All " not in pages.get("/questionnaires/two").text
    pages.send("/questionnaires/two/answer", ada, q0="no", q1="")
    shown = questionnaires.show(pages.services, ada, "two")
    assert shown.own is not None
    assert (shown.answered, shown.own.answers) == (1, {"swift-there": "no"})
    assert path_of(pages.send("/questionnaires/two/end", ada)) == "/questionnaires/two"
    assert questionnaires.show(pages.services, ada, "two").own is None


def test_after_its_last_day_nobody_answers(pages: Pages) -> None:
    late = Pages(dataclasses.replace(pages.services, clock=lambda: CLOSED))
    ada = newcomer(late.services, "ada")
    assert "closed on 2027-01-31" in late.get("/questionnaires/two").text
    assert "two closed on 2027-01-31" in wrong(late.send("/questionnaires/two/answer", ada, q0="yes")).lower()


def test_few_answers_are_not_counted_and_the_office_reads_them_without_names(pages: Pages) -> None:
    asked, said = [newcomer(pages.services, "person") for _ in range(5)], {"swift-there": "yes", "more": "=1+1"}
    for number, who in enumerate(asked, 1):
        questionnaires.answer(pages.services, who, "two", said)
        counted = pages.json("/questionnaires/two")["questions"][0]["counts"]
        assert counted == ([["we do", 5], ["no", 0]] if number == 5 else [])
    assert pages.get("/questionnaires/two/answers.csv", asked[0]).status_code == 403
    office = newcomer(pages.services, "office")
    offices.appoint(pages.services, office.name, frozenset({Role.OFFICE}), "Programme")
    found = pages.get("/questionnaires/two/answers.csv", office)
    rows = list(csv.reader(io.StringIO(found.text)))
    assert rows[0] == ["day", "swift-there", "more"]
    assert [row[1:] for row in rows[1:]] == [["yes", "'=1+1"]] * 5
    assert not any(who.name in found.text for who in asked)
    for who in asked:
        questionnaires.take_back(pages.services, who, "two")


def test_what_a_person_said_goes_with_them(pages: Pages, tmp_path: Path) -> None:
    ada = runner(pages, "ada", tmp_path)
    opinions.vote(pages.services, ada, LIST, "because", is_for=True)
    opinions.nominate(pages.services, ada, "x.y", "https://example.org/", "because")
    questionnaires.answer(pages.services, ada, "two", {"swift-there": "yes"})
    _, kept = people.own_data(pages.services, ada)
    assert {"votes.identity", "nominations.identity", "questionnaire_answers.identity"} <= kept.keys()
    people.erase(pages.services, ada)
    assert opinions.export(pages.services, ada) == ([], [])
    assert questionnaires.show(pages.services, newcomer(pages.services, "bob"), "two").answered == 0


def test_what_people_said_is_evidence_from_a_file_and_from_a_server(
    pages: Pages, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ada = runner(pages, "ada", tmp_path)
    opinions.vote(pages.services, ada, SHOW, "Every cloud has it", is_for=True)
    opinions.nominate(pages.services, ada, "x.y", "https://example.org/", "because")
    for _ in range(5):
        questionnaires.answer(pages.services, newcomer(pages.services, "x"), "two", {"swift-there": "no"})
    guideline = tmp_path / "2099.06.json"
    guideline.write_bytes(encoded(sound()))
    with answering(application(pages.services, lambda _: STRANGER)) as url:
        exported = requests.get(f"{url}/api/v2/opinions.json", timeout=60)
        table = requests.get(f"{url}/api/v2/opinions.csv", timeout=60)
        (tmp_path / "opinions.json").write_bytes(exported.content)
        for where in (str(tmp_path / "opinions.json"), url):
            main(["guideline", "score", str(guideline), "--evidence", "--opinions", where, "--json"])
            said = capfd.readouterr()
            found = {(one["criterion"], one["evidence"]) for one in json.loads(said.out)["evidence"]}
            assert ("deployed", "Swift? yes: 0; no: 5") in found
            assert ("future", "1 for and 0 against, on 1 of its 2 tests: + Every cloud has it") in found
            assert "1 test that no guideline tracks: nominated were x.y" in said.err
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert {(row["test"], row["opinion"]) for row in rows} >= {("x.y", "nominated")}
    assert [row["reason"] for row in rows if row["opinion"] == "for"] == ["Every cloud has it"]
    assert ada.name not in exported.text + table.text


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "certmark-opinions", "version": 1, "votes": [{}]}', '{"format": "x", "version": 1}']
)
def test_an_export_that_is_none_is_refused_in_a_sentence(
    text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "o.json").write_text(text)
    words = ["guideline", "score", "2026.11", "--evidence", "--opinions", str(tmp_path / "o.json")]
    assert main(words) == Exit.UNREADABLE
    assert capfd.readouterr().err.count("\n") == 1
