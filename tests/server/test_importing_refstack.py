"""A RefStack database is taken over: from a real MariaDB and from dumps of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.api.application import application
from certmark.server.asking import ANONYMOUS, EVERYTHING, Asker
from certmark.server.importing.errors import RefstackAway, UnreadableDump
from certmark.server.importing.outcome import ImportOutcome, Problem
from certmark.server.importing.refstack import RefstackImport, import_refstack
from certmark.server.importing.world import IMPORTER
from certmark.server.main import main, parser_of
from certmark.server.opening import add_identity, create, opened, services_of
from certmark.server.services import claims as services_claims
from certmark.server.services import keys, offices, refstack_results, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted, WrongState
from certmark.server.services.verifying import verify
from certmark.server.settings import Settings, read_settings
from certmark.server.store import accounts, claims, guidelines, imported, membership, vendors
from certmark.server.store.guidelines import Revision
from certmark.server.store.imported import Kind
from certmark.server.store.upkeep import run_of
from certmark.server.store.vendors import VendorState
from certmark.server.web.table import pages_of
from certmark.trust.keys.keys import public_from_line
from support.mariadb import IS_THERE, MariaDB
from support.refstack_database import (
    ACME,
    ACME_TWICE,
    ADA,
    BOB,
    DECLINED,
    PENDING,
    PLAIN,
    RefstackDatabase,
    Result,
    awkward,
    fill,
    id_of,
)
from support.server import answering

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(not IS_THERE, reason="MariaDB is not installed (Debian: mariadb-server)"),
]
KEY = (
    rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    + " ada@lab"
)
# What differs between two imports of the same: moments of the import, what is packed by another dictionary.
NOT_COMPARED = {"audit", "history", "packings", "sqlite_sequence", "alembic_version"}


class Old:
    """RefStack's database, and dumps of it."""

    def __init__(self, database: RefstackDatabase, folder: Path, told: dict[str, str]) -> None:
        self.database, self.folder, self.told = database, folder, told
        self.password = folder / "password"
        self.password.write_text("pass word\n")
        self.address = database.server.address(database.name)

    def dump(self, name: str = "refstack.sql", *options: str) -> Path:
        target = self.folder / name
        target.write_bytes(self.database.server.dump(self.database.name, *options))
        return target


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariaDB]:
    with closing(MariaDB()) as server:
        yield server


@pytest.fixture(scope="module")
def old(mariadb: MariaDB, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    """With everything that can be wrong in it; nobody changes it."""
    database = RefstackDatabase(mariadb, "awkward")
    fill(database, KEY)
    yield Old(database, tmp_path_factory.mktemp("old"), awkward(database))
    database.close()


@pytest.fixture
def changing(mariadb: MariaDB, tmp_path: Path) -> Iterator[Old]:
    """Without, and to be changed."""
    database = RefstackDatabase(mariadb, "changing")
    fill(database, KEY)
    yield Old(database, tmp_path, {})
    database.close()


def taken(services: Services, old: Old, source: str | Path | None = None, **more: Any) -> ImportOutcome:
    given: dict[str, Any] = {
        "source": str(source or old.address),
        "password_file": old.password,
        "report": old.folder / "report.jsonl",
        "is_dry": False,
        "appoint_office": False,
    }
    return import_refstack(services, RefstackImport(**given | more), lambda *_: None)


def report(old: Old) -> list[dict[str, str]]:
    return [json.loads(line) for line in (old.folder / "report.jsonl").read_text().splitlines()]


def settings_of(folder: Path) -> Settings:
    found = read_settings(None, {}, data=str(folder))
    create(found)
    return found


def content(folder: Path) -> dict[str, list[Any]]:
    """Every table of a server on SQLite that says what it has, without what is random or the moment of the import."""
    with closing(sqlite3.connect(folder / "certmark.sqlite")) as database:
        names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table' order by 1")]
        found = {name: database.execute(f"select * from {name}").fetchall() for name in names}  # noqa: S608 - its own names
        people = dict(database.execute("select id, name from identities").fetchall())
    plain: dict[str, list[Any]] = {}
    for name, rows in found.items():
        if name not in NOT_COMPARED:
            plain[name] = sorted(repr([_comparable(value, people) for value in row]) for row in rows)
    return plain


def _comparable(value: Any, people: dict[bytes, str]) -> Any:
    if isinstance(value, bytes):
        return people.get(value, value if len(value) <= 32 else f"{len(value)} bytes")
    if isinstance(value, int) and value > 1_700_000_000_000_000:
        return "now"
    if isinstance(value, str) and '"members"' in value:
        return {**json.loads(value), "members": len(json.loads(value)["members"])}
    return value


def run_id(services: Services, word: str) -> bytes:
    with services.database.peek() as transaction:
        found = imported.find(transaction, Kind.RUN, id_of(f"result {word}"))
    assert found is not None, word
    return found


def identity(services: Services, openid: str) -> bytes:
    with services.database.read() as transaction:
        found = accounts.account(transaction, "refstack", openid)
    assert found is not None, openid
    return found.identity


def test_everything_is_taken_and_what_was_wrong_is_told(services: Services, old: Old) -> None:
    outcome = taken(services, old)
    told = {(one["row"], one["problem"]) for one in report(old)}
    assert set(old.told.items()) - told == set()
    more = {problem for row, problem in told if old.told.get(row) != problem}
    assert more == {"office", "no-members", "missing-table"} - {"missing-table"}
    assert outcome.document()["tables"] == {
        "group": {"left": 1},
        "organization": {"new": 7},
        "product": {"left": 1, "new": 2},
        "product_version": {"left": 1, "new": 2},
        "pubkeys": {"left": 2, "new": 1},
        "test": {"left": 3, "new": 12},
        "user": {"left": 2, "new": 4},
        "user_to_group": {"left": 1},
    }
    # What is kept is what the readers read again.
    assert list(verify(services)) == []


def test_a_run_has_what_its_result_had(services: Services, old: Old) -> None:
    taken(services, old)
    with services.database.read() as transaction:
        kept = {
            word: run_of(transaction, run_id(services, word)) for word in ("anonymous", "private", "shared", "verified")
        }
        said = imported.said_of(transaction, run_id(services, "verified"))
        old_id = imported.old_id(transaction, run_id(services, "verified"))
    found = {
        word: (one.run.owner, one.run.is_public, one.run.guideline is not None) for word, one in kept.items() if one
    }
    ada = identity(services, ADA)
    assert found == {
        "anonymous": (ANONYMOUS, True, False),
        "private": (ada, False, False),
        "shared": (ada, True, False),
        "verified": (ada, True, True),
    }
    assert (said.guideline, said.target, said.is_verified) == ("scs-0128.json", "scs-0128", True)
    assert said.version is not None
    assert said.version.hex() == id_of("Cloud Ω 1.0").replace("-", "")
    assert old_id == id_of("result verified")
    one = kept["verified"]
    assert one is not None
    upload = json.loads(services.packer.unpack(one.content.upload or b""))
    entries = [{"name": name, "uuid": uuid} for name, uuid in PLAIN]
    assert upload == {"cpid": "f" * 32, "duration_seconds": 1234, "results": entries}
    assert (one.run.subject, one.run.created) == ("f" * 32, 1_457_085_603_000_000)


def test_people_vendors_and_keys_are_what_they_were(services: Services, old: Old) -> None:
    taken(services, old)
    ada = identity(services, ADA)
    key = public_from_line(KEY)
    assert keys.owner_of(services, key, is_old_api=True) == ada
    assert keys.owner_of(services, key) is None
    states = {}
    with services.database.read() as transaction:
        for name in (ACME, ACME_TWICE, PENDING, DECLINED):
            row = imported.vendor(transaction, bytes.fromhex(id_of(f"vendor {name}").replace("-", "")))
            assert row is not None
            states[row.name] = row.state, row.is_public, row.reason
        members = membership.of(transaction, bytes.fromhex(id_of(f"vendor {ACME}").replace("-", "")))
    assert states == {
        "Acme": (VendorState.APPROVED, True, ""),
        f"ACME ({id_of('vendor ACME')[:8]})": (VendorState.APPROVED, True, ""),
        "Waiting": (VendorState.PENDING, False, ""),
        "Declined": (VendorState.REFUSED, False, "no address"),
    }
    assert {(one.name, len(one.roles)) for one in members} == {
        (f"refstack#{ADA}", 2),
        ("refstack#https://openstackid.org/Carol.Shaw", 2),
    }


def test_who_decided_there_decides_here_only_where_the_operator_says_so(services: Services, old: Old) -> None:
    taken(services, old)
    with services.database.read() as transaction:
        assert membership.office_holders(transaction) == []
    taken(services, old, appoint_office=True)
    with services.database.read() as transaction:
        assert [one.name for one in membership.office_holders(transaction)] == [f"refstack#{BOB}"]


KINDS_OF_DUMP = {
    "plain": (),
    "hex": ("--hex-blob",),
    "row by row": ("--skip-extended-insert",),
    "with columns": ("--complete-insert", "--no-create-info"),
    "latin1": ("--default-character-set=latin1", "--skip-comments"),
    "binary": ("--default-character-set=binary",),
    "ansi": ("--compatible=ansi",),
    "several": ("--databases",),
}


def test_a_dump_of_any_kind_gives_the_same_as_the_living_database(old: Old, tmp_path: Path) -> None:
    with services_of(settings_of(tmp_path / "living")) as services:
        taken(services, old)
    expected, told = content(tmp_path / "living"), report(old)
    assert len(expected["runs"]) == 12
    for name, options in KINDS_OF_DUMP.items():
        file = old.dump("dump.sql", *options)
        folder = tmp_path / name
        with services_of(settings_of(folder)) as services:
            taken(services, old, file)
        if name in {"latin1", "ansi"}:  # what latin1 has no sign for, mariadb-dump loses
            assert len(content(folder)["runs"]) == 12
        else:
            assert content(folder) == expected, name
            assert sorted(map(str, report(old))) == sorted(map(str, told)), name


def test_a_packed_dump_is_read(old: Old, tmp_path: Path) -> None:
    data = old.dump().read_bytes()
    for name, packed in (("gz", gzip.compress(data)), ("zst", zstandard.compress(data))):
        file = tmp_path / f"dump.{name}"
        file.write_bytes(packed)
        with services_of(settings_of(tmp_path / name)) as services:
            assert taken(services, old, file, is_dry=True).document()["tables"]["test"] == {"left": 3, "new": 12}  # type: ignore[index]
        file.write_bytes(packed[: len(packed) // 2])
        with services_of(settings_of(tmp_path / name)) as services, pytest.raises(UnreadableDump):
            taken(services, old, file)


def test_a_dump_that_was_cut_off_is_refused_and_nothing_is_taken(old: Old, tmp_path: Path) -> None:
    data = old.dump().read_bytes()
    file = tmp_path / "cut.sql"
    settings = settings_of(tmp_path / "server")
    with services_of(settings) as services:
        for end in (len(data) - 50, data.index(b"INSERT INTO `results`") + 300, data.index(b"INSERT INTO `user`") + 30):
            file.write_bytes(data[:end])
            with pytest.raises(UnreadableDump, match="make it again"):
                taken(services, old, file)
    assert content(tmp_path / "server")["runs"] == []


def test_a_second_run_takes_nothing_twice(services: Services, old: Old) -> None:
    taken(services, old)
    again = taken(services, old).document()
    assert again["tables"] == {
        "group": {"left": 1},
        "organization": {"same": 7},
        "product": {"left": 1, "same": 2},
        "product_version": {"left": 1, "same": 2},
        "pubkeys": {"left": 2, "same": 1},
        "test": {"left": 3, "same": 12},
        "user": {"left": 2, "same": 3},
        "user_to_group": {"left": 1},
    }


def test_a_dry_run_says_the_same_and_writes_nothing(old: Old, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "server")
    with services_of(settings) as services:
        before = content(tmp_path / "server")
        dry, told = taken(services, old, is_dry=True).document(), report(old)
        assert content(tmp_path / "server") == before
        assert taken(services, old).document() == dry
        assert report(old) == told


def test_what_changed_there_is_taken_and_what_changed_here_stays(services: Services, changing: Old) -> None:
    taken(services, changing)
    database = changing.database
    acme = bytes.fromhex(id_of(f"vendor {ACME}").replace("-", ""))
    database.run(
        "update organization set name = 'Acme Corp', description = 'new there' where id = %s", id_of(f"vendor {ACME}")
    )
    database.run("delete from meta where test_id = %s and meta_key = 'shared'", id_of("result shared"))
    database.add("meta", test_id=id_of("result private"), meta_key="shared", value="true")
    database.add("meta", test_id=id_of("result private"), meta_key="guideline", value="scs-0128.json")
    database.run("delete from user_to_group where user_openid = %s", "https://openstackid.org/Carol.Shaw")
    database.run("delete from pubkeys")
    database.result(Result("later", PLAIN, {"user": ADA}))
    shared_run = run_id(services, "shared")
    with services.database.write() as transaction:
        row = imported.vendor(transaction, acme)
        assert row is not None
        vendors.change(transaction, row._replace(description="new here"))
        claims.share(transaction, shared_run, is_public=True)
    outcome = taken(services, changing)
    assert [(one["row"], one["what"]) for one in report(changing) if one["problem"] == "changed-here"] == [
        (id_of(f"vendor {ACME}"), "description changed there, and here too")
    ]
    assert outcome.fates[("test", next(fate for _, fate in outcome.fates if fate.value == "new"))] == 1
    with services.database.read() as transaction:
        row = imported.vendor(transaction, acme)
        members = {one.name for one in membership.of(transaction, acme)}
        private, shared = (run_of(transaction, run_id(services, word)) for word in ("private", "shared"))
    assert row is not None
    assert private is not None
    assert shared is not None
    assert (row.name, row.description, members) == ("Acme Corp", "new here", {f"refstack#{ADA}"})
    assert (private.run.is_public, private.run.guideline is not None, shared.run.is_public) == (True, True, False)
    assert keys.owner_of(services, public_from_line(KEY), is_old_api=True) is None
    assert list(verify(services)) == []


def test_what_was_verified_there_stays_as_it_is_until_the_office_takes_that_back(
    services: Services, changing: Old
) -> None:
    changing.database.result(Result("seen", PLAIN, {"user": ADA, "shared": "true"}, verified=1))
    taken(services, changing)
    ada, run = Asker(identity(services, ADA), ADA, EVERYTHING), run_id(services, "seen")
    office = Asker(add_identity(services, "office"), "office", EVERYTHING)
    offices.appoint(services, "office", frozenset({Role.OFFICE}), "")
    with pytest.raises(WrongState, match="verified this run"):
        runs.delete(services, ada, run)
    with pytest.raises(NotPermitted, match="verify-run"):
        services_claims.unverify(services, ada, run, None, "mine")
    refstack_results.change(services, office, run, {"is_verified": False})
    runs.delete(services, ada, run)


def test_what_was_deleted_here_stays_deleted(services: Services, changing: Old) -> None:
    taken(services, changing)
    runs.delete(services, Asker(identity(services, ADA), ADA, EVERYTHING), run_id(services, "private"))
    assert taken(services, changing).problems[Problem.GONE_HERE] == 1


def test_killed_in_the_middle_and_begun_again_is_the_same_as_once(changing: Old, tmp_path: Path) -> None:
    for number in range(600):
        changing.database.result(Result(f"many {number}", PLAIN[:2], {"user": ADA}))
    file = changing.dump()
    with services_of(settings_of(tmp_path / "once")) as services:
        taken(services, changing, file)
    settings_of(tmp_path / "killed")
    words = [
        sys.executable,
        "-m",
        "certmark.server.main",
        "import",
        "refstack",
        str(file),
        "--data",
        str(tmp_path / "killed"),
    ]
    database, reached = tmp_path / "killed" / "certmark.sqlite", 0
    for runs_wanted in (1, 260):  # in the first page of results, and behind it
        process = subprocess.Popen([*words, "--report", str(tmp_path / "r")], start_new_session=True)
        while process.poll() is None and reached < runs_wanted:
            with closing(sqlite3.connect(database)) as connection:
                reached = connection.execute("select count(*) from runs").fetchone()[0]
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    assert subprocess.run([*words, "--report", str(tmp_path / "r")], check=False, capture_output=True).returncode == 0
    assert content(tmp_path / "killed") == content(tmp_path / "once")


def test_a_password_in_the_address_is_refused(services: Services, old: Old) -> None:
    with pytest.raises(InvalidRequest, match="leave the password out"):
        taken(services, old, "mysql://reader:secret@127.0.0.1/refstack")


def test_a_database_that_does_not_answer_or_is_another_is_told(services: Services, old: Old, tmp_path: Path) -> None:
    with pytest.raises(RefstackAway, match="does not answer"):
        taken(services, old, "mysql://reader@127.0.0.1:1/refstack")
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    with pytest.raises(RefstackAway, match="Access denied"):
        taken(services, old, password_file=wrong)
    with pytest.raises(InvalidRequest, match="no database of RefStack"):
        taken(services, old, old.database.server.address("mysql"))


def test_the_verb_says_counts_and_its_status(old: Old, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["import", "refstack", str(old.dump()), "--report", str(tmp_path / "r"), "--data", str(tmp_path / "d")]
    assert main([*words, "--dry-run", "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["dry_run"], shown["tables"]["test"]) == (True, {"left": 3, "new": 12})
    assert main(words) == 1
    assert "test\t12\t0\t0\t3" in capsys.readouterr().out
    assert main([*words[:2], str(tmp_path / "not there"), *words[3:]]) == 5
    (tmp_path / "x").write_text("no dump")
    assert main([*words[:2], str(tmp_path / "x"), *words[3:]]) == 3


def test_nobody_is_the_importer(services: Services, old: Old) -> None:
    taken(services, old)
    with services.database.read() as transaction:
        assert accounts.account_of(transaction, IMPORTER) is None


def test_a_result_is_found_by_its_old_id_through_every_door(old: Old, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "server")
    with opened(settings) as (services, identify):
        taken(services, old)
        run, before = ids.written(run_id(services, "shared")), id_of("result shared")
        with (
            answering(application(services, identify, pages_of(services, identify))) as site,
            httpx2.Client(base_url=site) as client,
        ):
            for word in (before, before.upper(), run):
                shown = client.get(f"/v1/results/{word}").json()
                assert (shown["id"], shown["created_at"]) == (before, "2016-03-04 10:00:02"), word
                assert shown["results"] == sorted(name for name, _ in PLAIN[1:])
                assert client.get(f"/v1/results/{word}/meta").json()["shared"] == "true"
            listed = [one["id"] for one in client.get("/v1/results").json()["results"]]
            led = client.get(f"/results/{before}")
            shown = client.get(f"/api/v2/runs/{run}").json()
    assert {before, id_of("result anonymous"), id_of("result verified"), "result-17"} <= set(listed)
    assert id_of("result private") not in listed
    assert led.headers["location"].endswith(f"/runs/{run}")
    assert shown["created"] == "2016-03-04T10:00:02.000000Z"


def test_the_way_of_the_how_to_leads_there(old: Old, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "move-from-refstack.md").read_text()
    commands = [
        line
        for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    place = f"--socket={old.database.server.socket} --user=root"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "password").write_text("pass word")
    settings_of(tmp_path / "programme")
    statuses = []
    for command in commands:
        words = command.replace("--host db.example.org --user reader -p", place).replace(
            " refstack |", f" {old.database.name} |"
        )
        words = words.replace("mysql://reader@db.example.org/refstack", old.address)
        if not words.startswith("certmark-server"):
            subprocess.run(words, shell=True, check=True)  # noqa: S602 - as the page writes it
        elif "git.example.org" not in words and "account join" not in words:
            statuses.append(main(shlex.split(words)[1:]))
        else:
            name = " ".join(shlex.split(words)[1:3])
            parser_of(name).parse_args(shlex.split(words)[3:])
    assert statuses == [1, 1, 1, 0]
    problems = {one["problem"] for one in map(json.loads, (tmp_path / "report.jsonl").read_text().splitlines())}
    told = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| `.*?\|", text, re.MULTILINE))))
    known = {one.value for one in Problem}
    assert told <= known
    assert problems <= known


def test_a_large_result_has_its_bytes_in_the_store_and_a_guideline_that_comes_later_judges(
    changing: Old, tmp_path: Path
) -> None:
    long = [
        (f"tempest.api.a_long_name.test_of_very_many_things.TestOfMany.test_{n:050}", id_of(str(n)))
        for n in range(1500)
    ]
    meta = {"user": ADA, "guideline": "later.json", "target": "later"}
    changing.database.result(Result("large", [*PLAIN, *long], meta))
    with services_of(settings_of(tmp_path / "server")) as services:
        assert taken(services, changing).problems[Problem.UNKNOWN_GUIDELINE] == 1
        run, now = run_id(services, "large"), services.clock()
        text = "".join(f"{name}\n" for name, _ in PLAIN).encode()
        with services.database.write() as transaction:
            before = run_of(transaction, run)
            guidelines.add(transaction, Revision(hashlib.sha256(text).digest(), "later", "", "a test", now), text)
        assert taken(services, changing).document()["tables"]["test"] == {"changed": 1, "same": 4}  # type: ignore[index]
        with services.database.read() as transaction:
            after = run_of(transaction, run)
        assert taken(services, changing).document()["tables"]["test"] == {"same": 5}  # type: ignore[index]
        assert list(verify(services)) == []
    assert before is not None
    assert after is not None
    assert (before.run.evidence, before.content.upload, before.run.standing) == (before.run.digest, None, None)
    assert (after.run.standing, after.run.program) == ("pass", "later")
