"""Forms of pages: what is wrong is said at its field, what was typed stays, and nobody's change is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.server.asking import Asker
from certmark.server.opening import create, services_of
from certmark.server.services import vendors
from certmark.server.services.vendors import VendorChange
from certmark.server.settings import read_settings
from certmark.server.web.forms import sentence
from certmark.server.web.site import PageRoute
from certmark.server.web.table import TABLES
from server.conftest import newcomer
from support.web_pages import Pages, path_of, revision_in, wrong

pytestmark = pytest.mark.enable_socket
CHANGES = [page for table in TABLES for page in table if page.method == "POST"]
ID, DIGEST = "01a22378-0009-737a-9629-c1bee3400d61", "0" * 64


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = str(tmp_path_factory.mktemp("site"))
    settings = read_settings(None, {}, data=folder, public_url="http://127.0.0.1:8300")
    create(settings)
    with services_of(settings) as services:
        yield Pages(services)


def vendor_of(pages: Pages, who: Asker) -> str:
    return path_of(pages.send("/vendors/new", who, name=f"Vendor of {who.name}", description="Old"))


def filled(page: PageRoute) -> str:
    """Its path, with things that are not there."""
    path = re.sub(r"\{(token|key|invitation|agreement)\}", DIGEST, page.path)
    return re.sub(r"\{\w+\}", ID, path)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "description": ""}, "Name of the company: this is missing."),
        ({"name": "   "}, "Name of the company: this is missing."),
        ({"name": "x" * 201}, "Name of the company must have at most 200 characters."),
        ({"name": "a\x07b"}, "Name of the company: there is a character in it that is not printed; take it out."),
        ({"name": "x", "description": "y" * 4001}, "Description must have at most 4,000 characters."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_above_the_form(pages: Pages, fields: dict[str, str], said: str) -> None:
    answer = pages.send("/vendors/new", newcomer(pages.services, "ada"), **fields)
    assert answer.status_code == 422
    assert wrong(answer) == f"That did not work {said}"
    (link,) = re.findall(r'<li><a href="#([\w-]+)">', answer.text)
    assert f'id="{link}"' in answer.text
    assert f'id="{link}-wrong">{said}' in answer.text
    assert f'aria-describedby="{link}-wrong"' in answer.text or f'{link}-hint {link}-wrong"' in answer.text
    assert re.search(rf'id="{link}"[^>]*aria-invalid="true"', answer.text)


def test_all_of_it_is_said_at_once_and_what_was_typed_stays_escaped(pages: Pages) -> None:
    who = newcomer(pages.services, "ada")
    answer = pages.send("/my/tokens", who, label="<b>mine</b>", may="everything", days="1000000")
    assert wrong(answer) == (
        "That did not work What it may do: choose one of these. For how long it holds: choose one of these."
    )
    assert 'value="&lt;b&gt;mine&lt;/b&gt;"' in answer.text
    assert pages.json("/my/tokens", who)["tokens"] == []


def test_the_summary_takes_the_focus(pages: Pages) -> None:
    answer = pages.send("/vendors/new", newcomer(pages.services, "ada"), name="")
    assert re.search(r'class="wrong" role="alert" tabindex="-1" autofocus', answer.text)
    assert answer.text.count("autofocus") == 1


def test_done_a_browser_goes_on_by_a_get_which_says_so(pages: Pages) -> None:
    who = newcomer(pages.services, "ada")
    answer = pages.send("/vendors/new", who, name=f"Vendor {who.name}", description="One.\r\nTwo.")
    assert answer.status_code == 303
    shown = pages.get(answer.headers["Location"], who)
    assert re.search(r'role="status"><p>Made\.</p>', shown.text)
    assert pages.json(path_of(answer), who)["vendor"]["description"] == "One.\nTwo."
    assert "evil" not in pages.get(f"{path_of(answer)}?done=evil", who).text


def test_of_two_who_change_one_thing_the_second_sees_both_and_nothing_is_lost(pages: Pages) -> None:
    who = newcomer(pages.services, "ada")
    path = vendor_of(pages, who)
    revision = revision_in(pages.get(f"{path}/edit", who))
    first = {"name": f"First {who.name}", "description": "Old", "revision": revision}
    assert pages.send(f"{path}/edit", who, **first).status_code == 303
    mine = {"name": f"Second {who.name}", "description": "Mine"}
    answer = pages.send(f"{path}/edit", who, **mine, revision=revision)
    assert answer.status_code == 412
    assert "Somebody else changed this" in wrong(answer)
    assert f"There now: <q>First {who.name}</q>" in answer.text
    assert "There now: <q>Old</q>" in answer.text
    assert f'value="Second {who.name}"' in answer.text
    again = pages.send(f"{path}/edit", who, **mine, revision=revision_in(answer))
    assert again.status_code == 303
    assert pages.json(path, who)["vendor"]["name"] == f"Second {who.name}"


def test_a_form_that_names_no_revision_changes_nothing(pages: Pages) -> None:
    who = newcomer(pages.services, "ada")
    path = vendor_of(pages, who)
    for revision in ({}, {"revision": "x"}, {"revision": "-1"}, {"revision": "٣"}):
        answer = pages.send(f"{path}/edit", who, name="Other", description="", **revision)
        assert answer.status_code == 428
        assert "does not say which state it changes" in wrong(answer)
    assert pages.json(path, who)["vendor"]["name"] != "Other"


def test_what_a_service_refuses_is_its_sentence_at_the_field_that_it_is_about(pages: Pages) -> None:
    who = newcomer(pages.services, "ada")
    vendor = vendor_of(pages, who)
    product = path_of(pages.send(f"{vendor}/products/new", who, name="Cloud", kind="appliance", version="1"))
    taken = pages.send(f"{product}/versions/new", who, name="1", clouds="")
    assert taken.status_code == 409
    assert '<a href="#form-name">This product has a version of this name already.</a>' in taken.text
    nonsense = pages.send(f"{product}/versions/new", who, name="2", clouds="nonsense")
    assert nonsense.status_code == 422
    assert '<a href="#form-clouds">&#39;nonsense&#39; is no identity' in nonsense.text
    removed = pages.send(f"{product}/delete", who, revision=revision_in(pages.get(f"{product}/delete", who)))
    assert (removed.status_code, wrong(removed)) == (
        409,
        "That did not work It has versions; forget those first.",
    )


def test_a_page_says_what_a_destructive_act_does_before_it_is_done(pages: Pages) -> None:
    who = newcomer(pages.services, "ada")
    pages.send("/my/tokens", who, label="x", may="read", days="7")
    (token,) = pages.json("/my/tokens", who)["tokens"]
    asked = pages.get(f"/my/tokens/{token['id']}/end", who)
    assert "What this does:" in asked.text
    assert 'class="danger"' in asked.text
    assert pages.json("/my/tokens", who)["tokens"] == [token]
    assert path_of(pages.send(f"/my/tokens/{token['id']}/end", who)) == "/my/tokens"
    assert pages.json("/my/tokens", who)["tokens"] == []


@pytest.mark.parametrize("page", CHANGES, ids=lambda page: page.path)
def test_every_change_asks_where_it_comes_from_who_asks_and_for_the_form_of_their_session(
    pages: Pages, page: PageRoute
) -> None:
    path, who = filled(page), newcomer(pages.services, "ada")
    assert pages.send(path).status_code == 401
    assert pages.send(path, who, {"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert pages.send(path, who, {"Sec-Fetch-Site": "same-site"}).status_code == 403
    before = len(entries(pages))
    for form in ("", "x", "0" * 64):
        assert pages.send(path, who, form=form).status_code in {403, 404}
    assert len(entries(pages)) == before


def test_a_token_decides_nothing_by_a_form(pages: Pages) -> None:
    who = newcomer(pages.services, "ada")
    made = pages.send("/my/tokens", who, label="x", may="read submit", days="7")
    token = re.search(r"cmk_\w+", made.text)
    assert token is not None
    headers = {"Authorization": f"Bearer {token[0]}"}
    assert pages.client.post("/vendors/new", data={"name": "x"}, headers=headers).status_code == 403
    assert pages.client.get("/my/tokens.json", headers=headers).status_code == 403
    assert pages.client.get("/my/runs.json", headers=headers).json() == {"runs": [], "behind": None}


def test_a_form_that_is_too_large_or_has_a_field_twice_is_refused(pages: Pages) -> None:
    who = newcomer(pages.services, "ada")
    assert pages.send("/vendors/new", who, name="x", description="y" * 40_000).status_code == 413
    cookie = {"Cookie": f"certmark-session={pages.word(who)}", "Sec-Fetch-Site": "same-origin"}
    answer = pages.client.post("/vendors/new", content=b"name=a&name=b", headers=cookie)
    assert answer.status_code == 403


def test_a_local_server_has_forms_without_anybody_signing_in_and_for_nobody_elses_page(tmp_path: Path) -> None:
    settings = read_settings(None, {}, data=str(tmp_path))
    create(settings)
    with services_of(settings) as services:
        local = Pages(services)
        page = local.get("/vendors/new")
        token = re.search(r'name="form" value="(\w+)"', page.text)
        assert token is not None
        fields = {"form": token[1], "name": "Mine"}
        foreign = local.client.post("/vendors/new", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        assert local.client.post("/vendors/new", data={"name": "Mine"}).status_code == 403
        assert (
            local.client.post("/vendors/new", data=fields, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
        )
        assert "Sign in" not in local.get("/").text


def test_a_change_of_somebody_else_is_no_obstacle_where_nothing_was_asked_of_it(pages: Pages) -> None:
    """What stands in the form as it is now is not changed."""
    who = newcomer(pages.services, "ada")
    path = vendor_of(pages, who)
    vendor = vendors.own(pages.services, who)[0]
    vendors.edit(pages.services, who, vendor.id, VendorChange(description="New"), None)
    revision = revision_in(pages.get(f"{path}/edit", who))
    answer = pages.send(f"{path}/edit", who, name=vendor.name, description="New", revision=revision)
    assert answer.status_code == 303


@pytest.mark.parametrize(("text", "said"), [("x is y", "X is y."), ("It is.", "It is."), ("", ".")])
def test_a_refusal_is_a_sentence(text: str, said: str) -> None:
    assert sentence(text) == said


def entries(pages: Pages) -> list[object]:
    with pages.services.database.read() as transaction:
        found: list[object] = transaction.connection.execute(
            "select number from audit where action <> 'session.begin' and action <> 'identity.add'"
        ).fetchall()
    return found
