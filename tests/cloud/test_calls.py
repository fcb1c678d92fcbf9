"""What a connection's calls cost, and in which bounds they travel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.cloud import transport
from certmark.cloud.calls import calls_of
from certmark.cloud.counting import ApiCalls
from certmark.cloud.discovery.services.asking import ServiceLook
from certmark.cloud.replies import Unanswered
from certmark.cloud.session import connect, versioned_client_of
from support.fake_cloud import Answer, FakeCloud

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1", "localhost"])]


class Once(dict[str, Answer]):
    """A table in which some answers are given only so many times, and then the next one."""

    def __init__(self, table: dict[str, Answer], key: str, *answers: Answer) -> None:
        super().__init__(table)
        self.key = key
        self.answers = list(answers)

    def get(self, key: str, default: Any = None) -> Any:
        if key == self.key and len(self.answers) > 1:
            return self.answers.pop(0)
        return self.answers[0] if key == self.key else super().get(key, default)


@pytest.fixture
def image(cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceLook]:
    """The image service of the cloud, whose connection has `calls`."""
    cloud.keystone(("image", "/image"))
    links = [{"rel": "self", "href": f"{cloud.url}/image/v2/"}]
    cloud.answers["GET /image"] = Answer({"versions": [{"id": "v2.9", "status": "CURRENT", "links": links}]}, 300)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
    with connect("fake") as connection:
        service = ServiceLook(versioned_client_of(connection), "image")
        service.calls = calls_of(connection)  # type: ignore[attr-defined]  # for the test to look at
        yield service


def bill(service: ServiceLook) -> ApiCalls:
    calls = service.calls  # type: ignore[attr-defined]  # see the fixture
    assert isinstance(calls, ApiCalls)
    return calls


def test_every_call_is_counted_with_its_service(cloud: FakeCloud, image: ServiceLook) -> None:
    cloud.answers["GET /image/v2/images"] = Answer({"images": []})
    image.get("images")
    calls = bill(image)
    assert calls.count == len(cloud.asked) == 4
    assert calls.by_service == {"identity": 2, "image": 2}
    assert (calls.failures, calls.repeats) == (0, 0)
    assert calls.as_json()["count"] == 4
    assert calls.sentence().startswith("4 calls (identity 2, image 2)")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_service_is_asked_again(cloud: FakeCloud, image: ServiceLook, status: int) -> None:
    path = "GET /image/v2/images"
    cloud.answers = Once(cloud.answers, path, Answer({}, status), Answer({}, status), Answer({"images": [1]}))
    assert image.get("images") == {"images": [1]}
    assert (bill(image).failures, bill(image).repeats) == (2, 2)


def test_a_refusal_is_not_repeated_and_nothing_is_repeated_for_ever(cloud: FakeCloud, image: ServiceLook) -> None:
    for status, times in ((403, 1), (500, 2), (503, transport.TRIES)):
        cloud.asked.clear()
        cloud.answers["GET /image/v2/images"] = Answer({}, status)
        with pytest.raises(Unanswered, match=f"image answers {status} to GET images") as caught:
            image.get("images")
        assert caught.value.is_refusal is (status == 403)
        assert cloud.asked.count("GET /image/v2/images") == times


def test_what_was_missed_for_a_fault_is_told_and_a_refusal_is_not(cloud: FakeCloud, image: ServiceLook) -> None:
    cloud.answers["GET /image/v2/stores"] = Answer({}, 403)
    cloud.answers["GET /image/v2/schemas"] = Answer({}, 500)
    assert (image.maybe("stores"), image.maybe("schemas")) == (None, None)
    assert image.missed == ["image answers 500 to GET schemas"]


PAGES = {
    "as Glance": {"next": "/elsewhere/images?marker=b&limit=2"},
    "as Nova": {"images_links": [{"rel": "next", "href": "http://inside.example/v2/images?marker=b"}]},
    "as Keystone": {"links": {"next": "https://example.org/v3/images?page=2"}},
}


@pytest.mark.parametrize("more", PAGES.values(), ids=PAGES.keys())
def test_pages_are_followed_on_the_same_service_only(
    cloud: FakeCloud, image: ServiceLook, more: dict[str, Any]
) -> None:
    first = Answer({"images": ["a", "b"], **more})
    cloud.answers = Once(cloud.answers, "GET /image/v2/images", first, Answer({"images": ["c"]}))
    assert image.all("images", "images")[:2] == (["a", "b", "c"], True)
    assert bill(image).by_service["image"] == 3


def test_pages_end_where_they_go_in_a_circle_and_where_enough_is_known(cloud: FakeCloud, image: ServiceLook) -> None:
    circle = Answer({"images": ["a", "b"], "next": "/v2/images?marker=b"})
    cloud.answers["GET /image/v2/images"] = circle
    assert image.all("images", "images")[:2] == (["a", "b", "a", "b"], False)
    cloud.asked.clear()
    assert image.all("images", "images", limit=2)[:2] == (["a", "b"], False)
    assert len(cloud.asked) == 1


def test_an_answer_beyond_every_measure_is_given_up(
    cloud: FakeCloud, image: ServiceLook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "LARGEST", 1 << 20)
    cloud.answers["GET /image/v2/images"] = Answer(b'"' + b"a" * (2 << 20) + b'"')
    with pytest.raises(Unanswered, match="an answer is larger than 1 MiB and was given up"):
        image.get("images")


def test_the_catalogue_says_who_gets_a_token(cloud: FakeCloud, image: ServiceLook) -> None:
    elsewhere = cloud.url.replace("127.0.0.1", "localhost")
    cloud.asked.clear()
    with pytest.raises(Unanswered, match=r"no token is sent to http://localhost:.*: the catalogue does not name"):
        image.get(f"{elsewhere}/image/v2/images")
    assert cloud.asked == []


def test_an_asker_whose_time_is_up_asks_nothing_more(cloud: FakeCloud, image: ServiceLook) -> None:
    image._ends = 0.0  # noqa: SLF001 - instead of waiting
    cloud.asked.clear()
    with pytest.raises(Unanswered, match="image took too long over earlier questions to be asked GET images"):
        image.get("images")
    assert cloud.asked == []
