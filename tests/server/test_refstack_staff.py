"""A programme's staff: the script with which RefStack's was verified, `tools/update-rs-db.py`, asks in its own way.

It reads lines of a table, looks at each result, puts three words about it and verifies it, by a token that its user
signed with a key of theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
import requests

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.services import claims, keys, members, vendors
from certmark.server.store import keys as stored_keys
from certmark.server.store.keys import StoredKey
from certmark.trust.keys.keys import public_from_line
from support.refstack_server import ISSUER, PRODUCTS_CPID, RefstackServer, jwt, line_of, refstack_server, upload

pytestmark = pytest.mark.enable_socket
_TARGETS = {"platform": "platform", "compute": "compute", "storage": "object", "object": "object"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RefstackServer]:
    folder = tmp_path_factory.mktemp("staff")
    rules = folder / "rules.yaml"
    rules.write_text(
        "format: certmark-permissions\nversion: 1\nrights:\n"
        "  edit-vendor-run: [administrator, designate, deputy, programme office]\n"
    )
    url = f"sqlite:///{folder / 'certmark.sqlite'}"
    with refstack_server(folder, url, permissions=str(rules)) as found:
        office, ada = found.people["office"], found.people["ada"]
        key = StoredKey(digest_of("office"), office.identity or b"", line_of("office"), keys.FRESH, 1)
        with found.services.database.write() as transaction:
            stored_keys.add(transaction, key)
        vendors.ask(found.services, ada, found.vendor, None, is_asked=True)
        vendors.decide(found.services, office, found.vendor, None, is_approved=True, reason="known")
        members.appoint(found.services, office, found.vendor, Role.DESIGNATE, ada.identity or b"", reason="letter")
        yield found


def digest_of(name: str) -> bytes:
    return hashlib.sha256(public_from_line(line_of(name)).blob).digest()


def handed_in(server: RefstackServer, *tests: str) -> str:
    """A result of the vendor that its designate made official, and that everybody sees."""
    run = server.send(upload(*tests, cpid=PRODUCTS_CPID), "ada", "ada")
    server.say(run, "ada", shared="true")
    claims.make_official(server.services, server.people["ada"], ids.read(run), None, is_official=True)
    return run


def script(endpoint: str, token: str, table: str) -> list[str]:
    """What the script does, request by request; what it would write of each line."""
    said = []
    for line in table.splitlines():
        entry = line.split(",")
        result, guideline = entry[9].strip().split("/")[-1], entry[4].strip()
        target, link = _TARGETS[entry[5].lower().strip()], f"{endpoint}/results/{result}"
        bearer = {"Authorization": f"Bearer {token}"}
        # Its headers go as parameters here: it looks as anybody, and so can only verify what is shared.
        seen = requests.get(link, bearer, timeout=60)
        if seen.status_code != 200:
            said.append(f"link check: {seen.status_code}")
            continue
        if seen.json().get("verification_status"):
            said.append("Result has been verified.")
            continue
        words = {"shared": "true", "target": target, "guideline": f"{guideline}.json"}
        put = [
            requests.post(f"{link}/meta/{key}", data=word, headers=bearer, timeout=60) for key, word in words.items()
        ]
        if {answer.status_code for answer in put} != {201}:
            said.append(f"update: {[answer.status_code for answer in put]}")
            continue
        verified = requests.put(link, json={"verification_status": 1}, headers=bearer, timeout=60)
        is_verified = int(requests.get(link, bearer, timeout=60).json()["verification_status"]) == 1
        said.append(f"verified: {verified.status_code in (200, 201)} {is_verified}")
    return said


def line(run: str, guideline: str = "2026.11", target: str = "Storage") -> str:
    return f"Example Clouds,Cloud,,,{guideline},{target},,,,https://refstack.openstack.org/#/results/{run},\n"


def test_the_script_verifies_what_a_vendor_handed_in(server: RefstackServer) -> None:
    run, private = handed_in(server, "a"), server.send(upload("b"), "ada", "ada")
    token = jwt("office", user_openid=f"{ISSUER}#office")
    table = line(run) + line(run) + line(private) + line("x")
    for endpoint in ("/v1", "/api/v1"):
        expected = ["verified: True True"] if endpoint == "/v1" else ["Result has been verified."]
        expected += ["Result has been verified.", "link check: 404", "link check: 404"]
        assert script(server.url + endpoint, token, table) == expected
    shown = server.ask("GET", f"/v1/results/{run}").json()
    assert (shown["verification_status"], shown["meta"]["guideline"], shown["meta"]["target"]) == (
        1,
        "2026.11.json",
        "object",
    )
    claim = server.ask("GET", f"/api/v2/runs/{run}/claim", "office").json()["verification"]
    assert claim["by"] == f"{ISSUER}#office"


def test_the_script_says_why_where_it_may_not(server: RefstackServer) -> None:
    run = handed_in(server, "c")
    ada = jwt("ada", user_openid=f"{ISSUER}#ada")
    assert script(f"{server.url}/v1", ada, line(run)) == ["verified: False False"]
    assert script(f"{server.url}/v1", ada, line(run, guideline="1999.01")) == ["update: [201, 201, 400]"]
    for token in (
        "x.y.z",
        jwt("ada", user_openid=f"{ISSUER}#office"),
        jwt("office", -3600, user_openid=f"{ISSUER}#office"),
    ):
        assert script(f"{server.url}/v1", token, line(run)) == ["update: [400, 400, 400]"]
