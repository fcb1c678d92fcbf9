"""Guidelines that were published, as a source of a server: taken once signed, and never the older ones again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from certmark.server.services import sources
from certmark.server.services.context import Services
from certmark.server.store.guidelines import every as every_revision
from certmark.trust.publications.documents import INDEX
from support.programmes import Site, serving
from support.published_site import KEY, NAME, OTHER, Publisher, moved, serve

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publisher:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    found = Publisher(tmp_path / "publisher")
    found.publish()
    return found


@pytest.fixture
def inside(services: Services, tmp_path: Path) -> Services:
    """A server that knows who may sign."""
    signers = {"name": "office", "keys": [KEY.public.line]}
    grants = [{"vendors": [NAME], "signers": ["office"]}]
    policy = {"format": "certmark-signers", "version": 1, "signers": [signers], "grants": grants}
    (tmp_path / "signers.json").write_text(json.dumps(policy))
    settings = replace(services.settings, guideline_signers=tmp_path / "signers.json", fetch_private=True)
    return replace(services, settings=settings)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


def known(services: Services, identity: str = "2099.06") -> int:
    """How many revisions of a guideline there are."""
    with services.database.read() as transaction:
        return sum(one.id == identity for one in every_revision(transaction))


def test_a_published_folder_gives_every_revision_once(inside: Services, publisher: Publisher) -> None:
    place = str(publisher.site)
    assert sources.add(inside, place) == (place, ("2098.12", "2099.06"), None)
    assert sources.refresh(inside)[0] == (place, (), None)
    publisher.change()
    publisher.publish("2099.06")
    assert sources.refresh(inside)[0] == (place, ("2099.06",), None)
    assert known(inside) == 2


def test_a_published_address_is_a_source_and_its_texts_are_asked_for_once(
    inside: Services, publisher: Publisher, site: Site
) -> None:
    place = f"{serve(site, publisher.site)}/{INDEX}"
    assert sources.add(inside, place) == (place, ("2098.12", "2099.06"), None)
    for path in list(site.files):
        if "/revisions/" in path:
            del site.files[path]
    assert sources.refresh(inside)[0] == (place, (), None)


def test_without_a_list_of_signers_nothing_is_taken(services: Services, publisher: Publisher) -> None:
    found = sources.add(services, str(publisher.site))
    assert found.new == ()
    assert "nobody says who may sign published guidelines" in (found.problem or "")


def _sign(**fields: object) -> Callable[[Publisher], None]:
    return lambda publisher: publisher.sign({**publisher.index(), **fields})


def _changed(publisher: Publisher) -> None:
    entry = publisher.index()["revisions"][0]
    path = publisher.site / "revisions" / f"{entry['sha256']}.json"
    path.write_bytes(path.read_bytes().replace(b"approved", b"APPROVED"))


def _unsigned(publisher: Publisher) -> None:
    (publisher.site / "revisions" / "2098.12.1.attestation.json").unlink()


def _by_another(publisher: Publisher) -> None:
    publisher.sign(publisher.index(), OTHER)


@pytest.mark.parametrize(
    ("touch", "part"),
    [
        (_changed, "the bytes are not those of 2098.12, revision 1: they were changed"),
        (_unsigned, "No such file"),
        (_by_another, "none of the 1 keys that are known here made it"),
        (_sign(name="example.org/other"), 'office may not speak for "example.org/other"'),
        (_sign(issued="2020-01-01T00:00:00Z", expires="2020-01-02T00:00:00Z"), "expired on 2020-01-02"),
        (_sign(revisions=[{}]), "must be a string"),
    ],
)
def test_what_was_touched_is_not_taken(
    inside: Services, publisher: Publisher, touch: Callable[[Publisher], None], part: str
) -> None:
    touch(publisher)
    found = sources.add(inside, str(publisher.site))
    assert (found.new, part in (found.problem or "")) == ((), True), found
    assert known(inside) == 0


def _left_out(publisher: Publisher) -> None:
    content = publisher.index()
    publisher.sign({**content, "edition": 9, "revisions": content["revisions"][:1]})


def _again(publisher: Publisher) -> None:
    content = publisher.index()
    publisher.sign({**content, "expires": moved(content["expires"], days=1)})


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (_sign(edition=1), "it is edition 1, and edition 2 is known: an old one was brought back"),
        (_again, "there are two different editions 2 of it"),
        (_left_out, "leaves out texts that were published before, of 2099.06"),
    ],
)
def test_an_index_that_does_not_follow_the_last_one_changes_nothing(
    inside: Services, publisher: Publisher, change: Callable[[Publisher], None], part: str
) -> None:
    publisher.change()
    publisher.publish("2099.06")
    sources.add(inside, str(publisher.site))
    change(publisher)
    (found,) = sources.refresh(inside)
    assert part in (found.problem or "")
    assert known(inside) == 2
