"""Vendors over HTTP, by the client and without: states by ETag, who must say who they are, rules of an operator's file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from starlette.requests import Request

from certmark.client.connection import ServerConnection, ServerRefused
from certmark.client.ownership import RemoteOwnership
from certmark.domain.permissions import Right, Role
from certmark.formats.errors import InvalidPermissions
from certmark.server import ids
from certmark.server.admin.exits import ServerExit
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, STRANGER, Asker, TokenScope
from certmark.server.doctor import examine
from certmark.server.main import main
from certmark.server.opening import LOCAL, add_identity, create, opened, services_of
from certmark.server.services import offices, tokens, vendors
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from support.server import answering

pytestmark = pytest.mark.enable_socket
CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'


class Place:
    """A server that believes the header `Who`, and takes a name for a token."""

    def __init__(self, root: str, services: Services) -> None:
        self.root, self.services = root, services

    def ask(self, who: str, method: str, path: str, **more: object) -> requests.Response:
        headers = {"Who": who, **more.pop("headers", {})}  # type: ignore[dict-item]  # as a test gives them
        return requests.request(method, f"{self.root}/api/v2{path}", headers=headers, timeout=60, **more)  # type: ignore[arg-type]  # likewise

    def client(self, who: str) -> RemoteOwnership:
        return RemoteOwnership(ServerConnection(self.root, token=who))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "rules.yaml").write_text(
        "format: certmark-permissions\nversion: 1\nrights:\n"
        "  see-shared-run: [user]\n  see-guideline: [user]\n  verify-run: [programme office]\n"
    )
    settings = read_settings(None, {}, data=str(folder), permissions=str(folder / "rules.yaml"))
    create(settings)
    with services_of(settings) as services:
        askers = {name: Asker(add_identity(services, name), name, EVERYTHING) for name in ("ada", "bob", "office")}
        offices.appoint(services, "office", frozenset({Role.OFFICE}), "Programme")
        askers |= {"": STRANGER, "robot": askers["ada"]._replace(scopes=frozenset({TokenScope.SUBMIT}))}

        def identify(request: Request) -> Asker:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            return askers[request.headers.get("who", token)]

        with answering(application(services, identify)) as root:
            yield Place(root, services)


def test_a_change_names_the_state_that_it_changes(place: Place) -> None:
    answer = place.ask("ada", "POST", "/vendors", json={"name": "By hand"})
    assert (answer.status_code, answer.headers["ETag"][:3]) == (201, '"1-')
    path = answer.headers["Location"].partition("/api/v2")[2]
    assert place.ask("ada", "GET", path).headers["ETag"] == answer.headers["ETag"]
    changed = place.ask("ada", "PATCH", path, json={"description": "a"}, headers={"If-Match": answer.headers["ETag"]})
    assert (changed.status_code, changed.headers["ETag"][:3]) == (200, '"2-')
    for tag, status in ((answer.headers["ETag"], 412), ('"1"', 412), (None, 428), ("1", 400), ("*", 200), ('"3"', 200)):
        headers = {} if tag is None else {"If-Match": tag}
        answer_to_tag = place.ask("ada", "PATCH", path, json={"description": str(tag)}, headers=headers)
        assert answer_to_tag.status_code == status, tag
    late = place.ask("ada", "PATCH", path, json={"description": "b"}, headers={"If-Match": answer.headers["ETag"]})
    there = place.ask("ada", "GET", path)
    assert (late.json()["now"], late.headers["ETag"]) == (there.json(), there.headers["ETag"])
    tag = place.ask("ada", "GET", path).headers["ETag"]
    assert place.ask("ada", "GET", path, headers={"If-None-Match": tag}).status_code == 304
    assert place.ask("bob", "GET", path, headers={"If-None-Match": tag}).status_code == 404


def test_a_token_that_may_only_send_changes_no_vendor(place: Place) -> None:
    assert place.ask("robot", "POST", "/vendors", json={"name": "x"}).status_code == 403
    assert place.ask("", "POST", "/vendors", json={"name": "x"}).status_code == 401
    assert place.ask("robot", "POST", "/runs", params={"name": "r.xml"}, data=RESULTS).status_code == 201


def test_what_a_file_of_rules_closes_is_closed_and_no_cache_keeps_it(place: Place) -> None:
    assert place.ask("", "GET", "/guidelines").status_code == 401
    known = place.ask("bob", "GET", "/guidelines")
    assert (known.status_code, known.headers["Cache-Control"]) == (200, "no-store")
    run = place.ask("ada", "POST", "/runs", params={"name": "r.xml", "public": "true"}, data=RESULTS).json()["id"]
    assert place.ask("", "GET", f"/runs/{run}").status_code in {401, 404}
    shown = place.ask("bob", "GET", f"/runs/{run}")
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")


def test_the_client_goes_all_the_way_from_a_vendor_to_a_shared_run(place: Place) -> None:
    ada, bob, office = (place.client(who) for who in ("ada", "bob", "office"))
    vendor = ada.add("/vendors", {"name": "Example Clouds"})
    path = f"/vendors/{vendor.content['id']}"
    pending = ada.change(f"{path}/approval", vendor, {}, method="POST")
    with pytest.raises(ServerRefused, match="somebody else changed it"):
        office.change(f"{path}/decision", vendor, {"approve": True, "reason": "known"}, method="POST")
    office.change(f"{path}/decision", pending, {"approve": True, "reason": "known"}, method="POST")
    product = ada.add(f"{path}/products", {"name": "Cloud", "kind": "public cloud"})
    version = ada.add(f"/products/{product.content['id']}/versions", {"name": "1", "clouds": [CLOUD]})
    assert bob.join(ada.invite(str(vendor.content["id"]))).content["roles"] == ["member"]
    assert [one["name"] for one in bob.vendors(mine=True)] == ["Example Clouds"]
    assert [one["name"] for one in bob.vendors(name="EXAMPLE clouds")] == ["Example Clouds"]
    assert [one["name"] for one in bob.products()] == ["Cloud"]
    params = {"name": "r.xml", "subject": CLOUD, "tag": "hypervisor=kvm"}
    run = place.ask("bob", "POST", "/runs", params=params, data=RESULTS).json()["id"]
    assert bob.attach(run, str(version.content["id"])).content["is_claimed"] is True
    ada.share(run, is_public=True)
    assert ada.get(f"/runs/{run}/claim").content["version"] == version.content["id"]
    assert place.ask("office", "GET", "/tags/hypervisor").json()["counts"] == [
        {"word": "kvm", "runs": 1, "clouds": 1, "passed": 0, "claimed": 1}
    ]
    assert place.ask("bob", "PATCH", f"/runs/{run}", json={"tags": {"size": "huge"}}).status_code == 403
    refused = place.ask("ada", "PATCH", f"/runs/{run}", json={"tags": {"size": "10-48"}})
    assert (refused.status_code, "did you mean 10-49?" in refused.json()["detail"]) == (400, True)


def test_what_is_kept_of_a_person_is_given_to_them(place: Place) -> None:
    found = place.ask("ada", "GET", "/account/data").json()
    assert found["name"] == "ada"
    assert place.ask("", "GET", "/account/data").status_code == 401
    assert place.ask("robot", "GET", "/account/data").status_code == 403
    assert place.ask("robot", "DELETE", "/account/data").status_code == 403


def test_rules_that_cannot_hold_stop_the_start_and_what_has_no_effect_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = tmp_path / "rules.yaml"
    head = "format: certmark-permissions\nversion: 1\nrights:\n"
    settings = read_settings(None, {}, permissions=str(rules))
    rules.write_text(f"{head}  verify-run: [designate]\n")
    with pytest.raises(InvalidPermissions, match=r"rules\.yaml, line 4: verify-run cannot be given to designate"):
        offices.rules_of(settings)
    rules.write_text(f"{head}  verify-run: [programme office]\n")
    assert offices.rules_of(settings).allow(Right.VERIFY_RUN, {Role.OFFICE})
    assert "verify-run is overridden with what holds anyway" in caplog.text


def test_rules_are_looked_at_by_the_doctor_and_after_a_migration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.yaml"
    head = "format: certmark-permissions\nversion: 1\nrights:\n"
    settings = read_settings(None, {}, data=str(tmp_path / "data"), permissions=str(rules), listen="127.0.0.1:0")
    for text, sentence in (
        ("  verify-run: [programme office]\n", "verify-run is overridden with what holds anyway; leave it out"),
        ("  verify-runs: []\n", 'rules.yaml, line 4: "verify-runs" is no right (did you mean verify-run?)'),
    ):
        rules.write_text(head + text)
        found = {one.part: one.problem for one in examine(settings) if one.problem}
        assert found["permissions"] == sentence
    words = ["migrate", "--data", str(tmp_path / "data"), "--config", str(tmp_path / "c.toml")]
    (tmp_path / "c.toml").write_text(f'permissions = "{rules}"\n')
    assert main(words) != ServerExit.OK
    assert 'line 4: "verify-runs" is no right' in capsys.readouterr().err
    rules.write_text(f"{head}  verify-run: []\n")
    assert main(words) == ServerExit.OK


def test_the_one_person_of_a_local_server_is_the_programme_too(tmp_path: Path) -> None:
    for _ in range(2):
        with opened(read_settings(None, {}, data=str(tmp_path))) as (services, _):
            (holder,) = offices.listed(services)
            assert holder.identity == LOCAL


def test_the_operator_gives_roles_and_appoints_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path)]
    settings = read_settings(None, {}, data=str(tmp_path))
    create(settings)
    with services_of(settings) as services:
        for name in ("ada", "eve"):
            tokens.new(services, name, "", 30)
        ada = offices.acting(services, "ada")
        vendor = ids.written(vendors.register(services, ada, "Example", "").row.id)
    assert main(["office", "put", "eve", "programme-office", *data]) == ServerExit.OK
    assert main(["office", "list", *data]) == ServerExit.OK
    assert capsys.readouterr().out == "eve\tprogramme office\t\n" * 2
    for words, sentence in (
        (["office", "put", "nobody", "operator"], "nobody is called 'nobody' here"),
        (["office", "put", "eve", "revewer"], "is no role in the programme (did you mean reviewer?)"),
        (["office", "put", "eve", "reviewer"], "a reviewer belongs to an organisation; name it"),
        (["designate", "appoint", "Exmple", "ada", "--by", "eve", "--reason", "x"], "there is no vendor 'Exmple'"),
        (["designate", "appoint", "Example", "eve", "--by", "eve", "--reason", "x"], "no member of this vendor"),
        (["designate", "appoint", "Example", "ada", "--by", "ada", "--reason", "x"], "the right appoint-designate"),
    ):
        assert main([*words, *data]) == ServerExit.USAGE
        assert sentence in capsys.readouterr().err
    for word in ("example", vendor):
        assert main(["designate", "appoint", word, "ada", "--by", "eve", "--reason", "letter", *data]) == ServerExit.OK
    assert capsys.readouterr().out == "Example\tdesignate\tada\n" * 2
