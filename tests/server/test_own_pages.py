"""Pages of people, vendors and the programme: what they show, and what people do there from one to the next."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.opening import create, services_of
from certmark.server.services import live, offices, operation, runs
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.store import jobs
from certmark.server.web.texts import kept
from server.conftest import newcomer
from support.ssh_proofs import proof_of_new_key, signature_of
from support.web_pages import Pages, path_of, revision_in, wrong

pytestmark = pytest.mark.enable_socket
NOW = 1_796_000_000_000_000
A_DAY = 86_400_000_000
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
URL = "http://127.0.0.1:8300"


class Moment:
    """What time it is."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture(scope="module")
def moment() -> Moment:
    return Moment()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, moment: Moment) -> Iterator[Pages]:
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("site")), public_url=URL, retention_days="90")
    create(settings)
    with services_of(settings) as services:
        yield Pages(dataclasses.replace(services, clock=moment))


@pytest.fixture
def ada(pages: Pages) -> Asker:
    return newcomer(pages.services, "ada")


@pytest.fixture
def office(pages: Pages) -> Asker:
    found = newcomer(pages.services, "office")
    offices.appoint(pages.services, found.name, frozenset({Role.OFFICE, Role.OPERATOR}), "Programme")
    return found


def sent(pages: Pages, who: Asker, folder: Path, **about: object) -> str:
    file = folder / "r.xml"
    file.write_bytes(RESULTS)
    said = AboutRun(name="r.xml", **about)  # type: ignore[arg-type]  # as a test says it
    return ids.written(runs.receive(pages.services, who, file, said).id)


def approved(pages: Pages, who: Asker, office: Asker) -> str:
    """The path of a new vendor that everybody sees."""
    path = path_of(pages.send("/vendors/new", who, name=f"Vendor {who.name}", description="Clouds."))
    pages.send(f"{path}/approval", who, revision=revision_in(pages.get(f"{path}/approval", who)))
    decision = {"decision": "approve", "reason": "known", "is_public": "yes"}
    asked = pages.get(f"{path}/decision", office)
    assert path_of(pages.send(f"{path}/decision", office, revision=revision_in(asked), **decision)) == "/office"
    return path


def test_the_first_page_says_what_is_certified_and_what_is_new_to_everybody(
    pages: Pages, ada: Asker, tmp_path: Path
) -> None:
    run = sent(pages, ada, tmp_path, subject=CLOUD, guideline="2026.11", program="object", is_public=True)
    hidden = sent(pages, ada, tmp_path)
    page = pages.get("/")
    assert "Interoperable Object Storage" in page.text
    assert f"/runs/{run}" in page.text
    assert hidden not in page.text
    assert 'href="http://127.0.0.1:8300/sign-in?next=%2Fmy"' in page.text
    assert page.headers["Cache-Control"] == "public, max-age=60"
    again = pages.get("/", None, **{"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert pages.get("/", ada).headers["Cache-Control"] == "private, no-cache"


def test_who_comes_for_the_first_time_is_told_where_to_begin(pages: Pages, ada: Asker) -> None:
    page = pages.get("/my", ada).text
    assert page.count("certmark run --os-cloud NAME --submit") == 1
    assert f"CERTMARK_SERVER={URL} certmark login" in page
    assert "Nothing waits for you." in page


def test_my_work_shows_what_goes_on_and_how_long_it_takes_still(pages: Pages, ada: Asker, moment: Moment) -> None:
    run = live.begin(pages.services, ada, {"program": "compute", "product": "Cloud"}, is_public=False)
    moment.now += 60_000_000
    content = '{"planned":30,"done":6,"passed":5,"failed":1}'
    live.progress(pages.services, ada, run.id, content)
    page = pages.get("/my", ada).text
    assert "6 of 30, about 4 minutes left" in " ".join(page.split())
    assert pages.json("/my", ada)["left"] == {ids.written(run.id): 240}
    moment.now += 700_000_000
    assert "it may have vanished" in pages.get("/my", ada).text


def test_my_clouds_have_their_newest_whole_verdict_and_its_age(
    pages: Pages, ada: Asker, moment: Moment, tmp_path: Path, examples: bytes
) -> None:
    file = tmp_path / "r.subunit"
    file.write_bytes(examples)
    about = AboutRun(name="r.subunit", subject=CLOUD, guideline="2026.11", program="object")
    run = runs.receive(pages.services, ada, file, about)
    moment.now += 200 * A_DAY
    (cloud,) = pages.json("/my/clouds", ada)["clouds"]
    assert (cloud["cloud"], cloud["whole"]["id"], cloud["days"]) == (CLOUD, ids.written(run.id), 200)
    assert cloud["is_stale"]
    text = pages.get("/my/clouds", ada).text
    assert "200 days" in text
    assert "stale" in text


def test_what_is_not_read_yet_or_could_not_be_stands_on_my_work(pages: Pages, ada: Asker, tmp_path: Path) -> None:
    run = ids.read(sent(pages, ada, tmp_path))
    with pages.services.database.write() as transaction:
        words = "update runs set state = 2, problem = 'it is <b>odd</b>' where id = ?"
        transaction.connection.execute(words, (run,))
    assert [one["problem"] for one in pages.json("/my", ada)["unread"]] == ["it is <b>odd</b>"]
    assert "it is &lt;b&gt;odd&lt;/b&gt;" in pages.get("/my", ada).text


def test_a_key_is_added_by_the_command_that_the_page_shows(pages: Pages, ada: Asker, tmp_path: Path) -> None:
    asked = pages.send("/my/keys/new", ada)
    challenge = re.search(r'name="challenge" value="([^"]+)"', asked.text)
    assert challenge is not None
    assert "ssh-keygen -Y sign -n certmark-key" in asked.text
    proof = proof_of_new_key(tmp_path, challenge[1])
    foreign = signature_of(tmp_path / "key-0", challenge[1], "something-else")
    refused = pages.send("/my/keys", ada, **{**proof, "signature": foreign})
    assert "made for something else" in wrong(refused)
    assert "There is a new challenge now" in wrong(refused)
    assert proof["key"].strip() in refused.text
    again = re.search(r'name="challenge" value="([^"]+)"', refused.text)
    assert again is not None
    assert again[1] != challenge[1]
    fields = {"key": proof["key"], "challenge": again[1], "signature": signature_of(tmp_path / "key-0", again[1])}
    assert path_of(pages.send("/my/keys", ada, **fields)) == "/my/keys"
    (key,) = pages.json("/my/keys", ada)["keys"]
    assert key["is_proven"]
    assert key["fingerprint"].startswith("SHA256:")
    assert path_of(pages.send(f"/my/keys/{key['id']}/end", ada)) == "/my/keys"
    assert pages.json("/my/keys", ada)["keys"] == []


def test_a_token_is_shown_once(pages: Pages, ada: Asker) -> None:
    made = pages.send("/my/tokens", ada, label="nightly", may="read", days="7")
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    token = re.search(r"cmk_\w+", made.text)
    assert token is not None
    assert token[0] not in pages.get("/my/tokens", ada).text
    assert pages.client.get("/api/v2/runs?of=mine", headers={"Authorization": f"Bearer {token[0]}"}).status_code == 200


def test_a_run_goes_from_its_sender_to_a_product_is_official_verified_and_stays(
    pages: Pages, ada: Asker, office: Asker, tmp_path: Path
) -> None:
    vendor = approved(pages, ada, office)
    fields = {"name": "Cloud", "kind": "public cloud", "version": "1"}
    product = path_of(pages.send(f"{vendor}/products/new", ada, **fields))
    version = pages.json(product, ada)["versions"][0]["id"]
    changed = pages.get(f"/versions/{version}/edit", ada)
    pages.send(f"/versions/{version}/edit", ada, name="1", clouds=f"{CLOUD}\r\n\r\n", revision=revision_in(changed))
    run = sent(pages, ada, tmp_path, subject=CLOUD)
    own = f"/my/runs/{run}"
    assert f'<option value="{version}">' in pages.get(f"{own}/attach", ada).text
    assert path_of(pages.send(f"{own}/attach", ada, version=version)) == own
    refused = pages.send(f"{own}/official", ada, revision=str(pages.json(own, ada)["revision"]))
    assert "That needs the right make-official" in wrong(refused)
    me = pages.json("/my/account", ada)["id"]
    appointment = {"role": "designate", "person": me, "reason": "letter"}
    assert path_of(pages.send(f"{vendor}/members/appoint", office, **appointment)) == f"{vendor}/members"
    revision = str(pages.json(own, ada)["revision"])
    assert path_of(pages.send(f"{own}/official", ada, revision=revision)) == own
    assert run in pages.get("/office", office).text
    outdated = pages.send(f"{own}/verification", office, verified="yes", reason="looked", revision=revision)
    assert outdated.status_code == 412
    again = revision_in(outdated)
    assert path_of(pages.send(f"{own}/verification", office, verified="yes", reason="looked", revision=again)) == own
    assert run not in pages.get("/office", office).text
    deleted = pages.send(f"{own}/delete", ada)
    assert (deleted.status_code, "it stays as it is" in wrong(deleted)) == (409, True)
    shown = pages.json(own, ada)
    assert (shown["is_claimed"], shown["reason"], shown["may"]) == (True, "looked", [])


def test_the_last_administrator_is_told_why_they_cannot_go_and_somebody_joins_by_a_link(
    pages: Pages, ada: Asker
) -> None:
    vendor = path_of(pages.send("/vendors/new", ada, name=f"Vendor {ada.name}"))
    me = pages.json("/my/account", ada)["id"]
    refused = pages.send(f"{vendor}/members/{me}/remove", ada)
    assert "That is the last administrator of this vendor; make somebody else one first." in wrong(refused)
    made = pages.send(f"{vendor}/members/invite", ada, days="7", administrator="yes")
    link = re.search(r"http://127\.0\.0\.1:8300/join#(cmi_[\w-]+)", made.text)
    assert link is not None
    bob = newcomer(pages.services, "bob")
    assert path_of(pages.send("/join", bob, word=link[0])) == vendor
    again = pages.send("/join", newcomer(pages.services, "eve"), word=link[1])
    assert "This invitation does not hold" in wrong(again)
    assert path_of(pages.send(f"{vendor}/members/{me}/remove", ada)) == "/my"
    assert [one["name"] for one in pages.json(f"{vendor}/members", bob)["members"]] == [bob.name]


def test_what_a_vendor_is_to_strangers_and_to_its_people(pages: Pages, ada: Asker, office: Asker) -> None:
    path = approved(pages, ada, office)
    stranger, mine = pages.get(path).text, pages.get(path, ada).text
    assert "known" not in stranger.partition("<main")[2]
    assert "The programme office said: <q>known</q>" in mine
    for words in ("Members", "Tokens", "History"):
        assert words not in stranger
        assert words in mine
    assert path in pages.get("/vendors").text
    name = f"Vendor {ada.name}"
    assert pages.get(f"/vendors/{name}").status_code == 200
    answer = pages.client.get("/vendors.csv")
    assert f"{path.rpartition('/')[2]},{name},approved,Clouds." in answer.text


def test_an_agreement_is_accepted_by_its_very_text(pages: Pages, ada: Asker, office: Asker) -> None:
    vendor = approved(pages, ada, office)
    name = f"Mark {ada.name}"
    pages.send("/office/agreements/new", office, name=name, version="1", text="Be good.")
    line = next(one for one in pages.json(f"{vendor}/agreements", ada)["agreements"] if one["name"] == name)
    assert "Be good." in pages.get(f"/agreements/{line['sha256']}").text
    refused = pages.send(f"{vendor}/agreements/{line['sha256']}/accept", ada)
    assert refused.status_code == 403
    me = pages.json("/my/account", ada)["id"]
    pages.send(f"{vendor}/members/appoint", office, role="designate", person=me, reason="letter")
    assert f"{name.rpartition(' ')[0]}" in pages.get(f"{vendor}/agreements", ada).text
    assert "has not accepted every agreement" in pages.get("/my", ada).text
    accepted = pages.send(f"{vendor}/agreements/{line['sha256']}/accept", ada)
    assert path_of(accepted) == f"{vendor}/agreements"
    other = pages.send("/office/agreements/new", office, name=name, version="1", text="Be better.")
    assert "There is another text of" in wrong(other)


def test_whoever_erases_their_data_types_a_word_and_is_signed_out(pages: Pages, ada: Asker) -> None:
    assert pages.client.get("/my/data.json", headers={"Cookie": f"certmark-session={pages.word(ada)}"}).json()["kept"]
    refused = pages.send("/my/account/erase", ada, word="yes")
    assert "that is another word; type erase" in wrong(refused).lower()
    gone = pages.send("/my/account/erase", ada, word=" Erase ")
    assert path_of(gone) == "/signed-out"
    assert 'certmark-session=""' in gone.headers["Set-Cookie"]
    assert pages.get("/my", ada).status_code == 303


def test_the_operator_sees_what_is_wrong_and_when_everything_was_backed_up(pages: Pages, office: Asker) -> None:
    with pages.services.database.write() as transaction:
        jobs.add(transaction, "read", "0" * 32, NOW - A_DAY)
    page = pages.json("/operator", office)
    assert page["checks"] == {"database": None, "evidence": None, "room": None}
    assert page["oldest"] == NOW - A_DAY
    assert page["backup"] is None
    operation.note_backup(pages.services)
    assert pages.json("/operator", office)["backup"] == pages.services.clock()
    assert "password" not in pages.get("/operator", office).text


def test_what_is_kept_for_how_long_is_what_the_settings_say(pages: Pages) -> None:
    assert "90 days, if it belongs to no product; you are told 14 days before" in pages.get("/privacy").text
    for_ever = read_settings(None, {}, retention_days="0", session_idle="3600")
    private = {one.what.partition(":")[0]: one.until for one in kept(for_ever)}
    assert private["Private runs"] == "you delete it"
    assert private["Sessions"].startswith("1 hours without use, 30 days at most")


@pytest.mark.parametrize("path", ["/about", "/api", "/privacy", "/accessibility", "/verify", "/vendors", "/"])
def test_pages_for_everybody_are_in_the_frame_and_never_say_who_asks(pages: Pages, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 200
    assert answer.text.count("<h1>") == 1
    assert "Set-Cookie" not in answer.headers
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_run_is_verified_by_its_id_or_the_address_of_its_page(pages: Pages, ada: Asker, tmp_path: Path) -> None:
    run = sent(pages, ada, tmp_path, guideline="2026.11", program="object")
    for word in (run, f"{URL}/runs/{run}", f"  {run.upper()} "):
        page = pages.get(f"/verify?run={word}", ada)
        assert "2 of 7 steps proven" in page.text
    by_bytes = pages.get(f"/verify?run={hashlib.sha256(RESULTS).hexdigest()}  r.xml", ada)
    assert "2 of 7 steps proven" in by_bytes.text
    assert "no run here that you may see" in pages.get(f"/verify?run={'0' * 64}").text.lower()
    assert f"curl --fail -o evidence {URL}/api/v2/runs/{run}/evidence" in page.text
    assert "that you may see" in pages.get(f"/verify?run={run}").text
    assert "no id of a run" in pages.get("/verify?run=<script>").text
    assert "<script>" not in pages.get("/verify?run=<script>").text
