"""Guidelines as RefStack's clients ask for them: every format that a server has, and errors that are none of its tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.domain.guidelines import Level
from certmark.domain.selection import IncludeList, ListForm
from certmark.formats.guideline.conversion import lift
from certmark.formats.guideline.reading import read
from support.refstack_server import RefstackServer, refstack_server

pytestmark = pytest.mark.enable_socket
UUID = "6f8e4436-fc96-4282-8122-e41df57197a9"
CAPABILITIES = {
    "names-get": {
        "tests": {
            "a.B.one": {"idempotent_id": f"id-{UUID}", "aliases": ["a.B.older"]},
            "a.B.two": {"idempotent_id": "id-11111111-1111-1111-1111-111111111111", "flagged": {"reason": "D402. Odd"}},
        }
    },
    "names-list": {"tests": {"a.B.three": {"idempotent_id": "id-22222222-2222-2222-2222-222222222222"}}},
}
PLACED = {"required": ["names-get"], "advisory": ["names-list"]}
PLATFORM = {
    "metadata": {"id": "2031.06", "schema": "2.0"},
    "platforms": {
        "OpenStack Powered Platform": {"components": [{"name": "all"}]},
        "OpenStack Powered Storage": {"components": [{"name": "all"}]},
    },
    "components": {"all": {"capabilities": PLACED}},
    "capabilities": CAPABILITIES,
}
ADD_ON = {
    "metadata": {"id": "shared_file_system.2031.06", "schema": "2.0"},
    "add-ons": {"Shared File System": {"components": [{"name": "os_powered_shared_file_system"}]}},
    "components": {"os_powered_shared_file_system": {"capabilities": PLACED}},
    "capabilities": CAPABILITIES,
}
OLD = {
    "id": "2015.03",
    "schema": "1.2",
    "platform": {"required": ["all"], "advisory": [], "deprecated": [], "removed": []},
    "components": {"all": {"required": ["names-get"], "advisory": [], "deprecated": [], "removed": []}},
    "capabilities": {"names-get": {"tests": ["a.B.one", "a.B.two"], "flagged": ["a.B.two"]}},
}
ONE, TWO, THREE = (
    f"a.B.one[id-{UUID}]",
    "a.B.two[id-11111111-1111-1111-1111-111111111111]",
    "a.B.three[id-22222222-2222-2222-2222-222222222222]",
)
OLDER = f"a.B.older[id-{UUID}]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RefstackServer]:
    folder = tmp_path_factory.mktemp("refstack")
    (folder / "data").mkdir()
    with refstack_server(folder, f"sqlite:///{folder / 'certmark.sqlite'}") as found:
        for document in (PLATFORM, ADD_ON, OLD):
            name = document.get("id") or document["metadata"]["id"]  # type: ignore[index]  # one of them is there
            found.add_guideline(folder, document, f"{name}.json")
        later = read(json.dumps(PLATFORM | {"metadata": {"id": "2032.06", "schema": "2.0"}}).encode(), "2032.06.json")
        found.add_guideline(folder, lift(later), "2032.06.json")
        yield found


def test_guidelines_stand_in_groups(server: RefstackServer) -> None:
    names = [f"{date}.json" for date in ("2015.03", "2026.11", "2031.06", "2032.06")]
    assert server.ask("GET", "/v1/guidelines").json() == {
        "powered": [{"name": name, "file": name} for name in names],
        "scs-0128": [{"name": "scs-0128.json", "file": "scs-0128.json"}],
        "shared_file_system": [{"name": "2031.06.json", "file": "shared_file_system.2031.06.json"}],
    }


@pytest.mark.parametrize(
    "name", ["2015.03", "2026.11.json", "2031.06", "2032.06", "scs-0128", "shared_file_system.2031.06.json"]
)
def test_a_guideline_of_any_format_is_json_that_refstacks_clients_read(server: RefstackServer, name: str) -> None:
    answer = server.ask("GET", f"/v1/guidelines/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    found = read(answer.content, "theirs.json")
    assert found.id == name.removesuffix(".json")
    assert found.schema in {"1.2", "2.0"}
    assert found.capabilities


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("2031.06/tests", [OLDER, ONE, THREE, TWO]),
        ("2031.06.json/tests/", [OLDER, ONE, THREE, TWO]),
        ("2031.06/tests?type=required", [OLDER, ONE, TWO]),
        ("2031.06/tests?type=required,advisory&alias=false", [ONE, THREE, TWO]),
        ("2031.06/tests?alias=no&flag=false&type=required&target=object", [ONE]),
        ("2031.06/tests?type=removed", []),
        ("2032.06/tests?type=advisory", [THREE]),
        ("shared_file_system.2031.06/tests?type=advisory", [THREE]),
        ("shared_file_system.2031.06/tests?type=advisory&target=shared_file_system", [THREE]),
        ("2031.06/tests?type=advisory&target=", [THREE]),
        ("2015.03/tests?target=platform", ["a.B.one", "a.B.two"]),
    ],
)
def test_tests_are_lines_sorted_without_an_end_behind_the_last(
    server: RefstackServer, path: str, lines: list[str]
) -> None:
    answer = server.ask("GET", f"/v1/guidelines/{path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text == "\n".join(lines)


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("1999.01", 404, "there is no guideline '1999.01' here"),
        ("1999.01/tests", 404, "there is no guideline '1999.01' here"),
        ("2031.06/tests?target=dns", 400, "Invalid target: dns; 2031.06 has object, platform"),
        ("2031.06/tests?type=best", 400, "Invalid type: best; there are required, advisory, deprecated, removed"),
    ],
)
def test_an_error_is_never_a_list(server: RefstackServer, path: str, status: int, title: str) -> None:
    answer = server.ask("GET", f"/v1/guidelines/{path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert answer.json()["code"] == status
    assert answer.json()["title"].startswith(title)


SHARED = Path(__file__).parents[3] / "shared" / "guidelines"


@pytest.mark.skipif(not SHARED.exists(), reason="the working group's guidelines lie beside the maintainers' checkouts")
def test_the_working_groups_guidelines_are_listed_as_refstack_did(server: RefstackServer, tmp_path: Path) -> None:
    for file in (SHARED / "2020.06.json", SHARED / "add-ons" / "dns.2020.06.json"):
        server.add_guideline(tmp_path, file.read_bytes(), file.name)
        guideline = read(file.read_bytes(), file.name)
        for program in guideline.programs:
            every = IncludeList(guideline, program, tuple(Level)[:4], flagged=True, aliases=True)
            wanted = "\n".join(every.lines(ListForm.REFSTACK))
            answer = server.ask("GET", f"/v1/guidelines/{guideline.id}/tests?target={program.target}")
            assert answer.text == wanted
