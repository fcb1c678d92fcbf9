"""RefStack's database as its server left it: the schema, some people and results, and one row for each thing wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from support.mariadb import MariaDB

_TIMES = "created_at datetime, updated_at datetime, deleted_at datetime, deleted int not null default 0"
SCHEMA = (
    f"create table user (_id int, {_TIMES}, openid varchar(128) not null unique, email varchar(128),"
    " fullname varchar(128), primary key (openid))",
    f"create table pubkeys ({_TIMES}, id varchar(36) primary key, openid varchar(128), format varchar(24),"
    " pubkey text, comment varchar(128), md5_hash varchar(32), foreign key (openid) references user (openid))",
    f"create table `group` ({_TIMES}, id varchar(36) primary key, name varchar(80), description text)",
    f"create table user_to_group ({_TIMES}, created_by_user varchar(128), _id int auto_increment primary key,"
    " user_openid varchar(128), group_id varchar(36), foreign key (user_openid) references user (openid),"
    " foreign key (group_id) references `group` (id))",
    f"create table organization ({_TIMES}, id varchar(36) primary key, type int not null, name varchar(80) not null,"
    " description text, group_id varchar(36), created_by_user varchar(128), properties text,"
    " foreign key (group_id) references `group` (id))",
    f"create table product ({_TIMES}, id varchar(36) primary key, name varchar(80) not null, description text,"
    " organization_id varchar(36), created_by_user varchar(128), public tinyint(1) not null, type int, product_type int,"
    " properties text, foreign key (organization_id) references organization (id))",
    f"create table product_version ({_TIMES}, created_by_user varchar(128), id varchar(36) primary key,"
    " product_id varchar(36), version varchar(36), cpid varchar(36), unique (product_id, version),"
    " foreign key (product_id) references product (id))",
    f"create table test ({_TIMES}, id varchar(36) primary key, cpid varchar(128) not null,"
    " duration_seconds int not null, product_version_id varchar(36), verification_status int not null default 0,"
    " foreign key (product_version_id) references product_version (id))",
    f"create table results ({_TIMES}, _id int auto_increment primary key, test_id varchar(36) not null,"
    " name varchar(512) character set latin1, uuid varchar(36), unique (test_id, name),"
    " foreign key (test_id) references test (id))",
    f"create table meta ({_TIMES}, _id int auto_increment primary key, test_id varchar(36) not null,"
    " meta_key varchar(64) not null, value text, unique (test_id, meta_key), foreign key (test_id) references test (id))",
    "create table beaker_cache (namespace varchar(255) primary key, accessed datetime, created datetime, data longblob)",
    "create table alembic_version (version_num varchar(32) not null)",
)
_SPACE = UUID("6f3d1f9e-7a51-4f0a-8a53-0b5f0e5a0001")
_DAY = "2016-03-04"
ADA, BOB, DOT, SPACED = (
    "https://openstackid.org/ada.byron",
    "https://openstackid.org/bob",
    "https://openstackid.org/Carol.Shaw",
    "https://openstackid.org/Carol%20Shaw",
)
FOUNDATION, ACME, ACME_TWICE, PENDING, DECLINED, EMPTY = "Foundation", "Acme", "ACME", "Waiting", "Declined", "Nobody's"
SCS = "scs-0128.json"


def id_of(word: str) -> str:
    """The same id for the same word."""
    return str(uuid5(_SPACE, word))


def tests(names: Sequence[str]) -> list[tuple[str, str | None]]:
    """With an id each."""
    return [(name, id_of(name)) for name in names]


class Result(NamedTuple):
    """A result."""

    word: str
    names: Sequence[tuple[str, str | None]]
    meta: Mapping[str, str] = {}
    version: str | None = None
    verified: int = 0
    created: str | None = f"{_DAY} 10:00:00"
    cpid: str = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3"
    deleted: int = 0
    id: str | None = None


PLAIN = tests([f"tempest.api.a.Test{n}.test_{n}" for n in range(5)])


class RefstackDatabase:
    """One database, filled as it is told."""

    def __init__(self, server: MariaDB, name: str) -> None:
        self.server, self.name = server, name
        server.run(f"create database `{name}` character set utf8mb3")
        server.run(*SCHEMA, database=name)
        server.run(
            "create or replace user reader@127.0.0.1 identified by 'pass word'",
            "grant select on *.* to reader@127.0.0.1",
        )
        self._connection = server.connect(name)

    def close(self) -> None:
        """It goes."""
        self._connection.close()
        self.server.run(f"drop database `{self.name}`")

    def add(self, table: str, **values: Any) -> None:
        """A row; what it names need not be there."""
        row = {"created_at": f"{_DAY} 09:00:00", **values}
        columns, marks = ", ".join(f"`{name}`" for name in row), ", ".join(["%s"] * len(row))
        self.run(f"insert into `{table}` ({columns}) values ({marks})", *row.values())

    def run(self, sql: str, *values: Any) -> None:
        """A statement, in the mode in which old servers were."""
        with self._connection.cursor() as cursor:
            cursor.execute("set foreign_key_checks = 0, sql_mode = ''")
            cursor.execute(sql, values)

    def person(self, openid: str, fullname: str = "", **more: Any) -> None:
        self.add("user", openid=openid, fullname=fullname or openid[-8:], email=f"{openid[-3:]}@example.org", **more)

    def vendor(self, name: str, kind: int, *members: str, **more: Any) -> str:
        """Its id."""
        identity, group = id_of(f"vendor {name}"), id_of(f"group {name}")
        self.add("group", id=group, name=f"Group for {name}", description="")
        for openid in members:
            self.add("user_to_group", user_openid=openid, group_id=group)
        row = {"id": identity, "type": kind, "name": name, "description": f"about {name}", "group_id": group}
        self.add("organization", **{**row, "created_by_user": members[0] if members else None, **more})
        return identity

    def product(self, name: str, vendor: str, *versions: str | None, **more: Any) -> str:
        """Its id."""
        identity = id_of(f"product {name} {vendor}")
        row = {"id": identity, "name": name, "description": "", "organization_id": vendor, "public": 1, "type": 1}
        self.add("product", **{**row, "product_type": 0, **more})
        for version in versions:
            self.add("product_version", id=id_of(f"{name} {version}"), product_id=identity, version=version)
        return identity

    def result(self, one: Result) -> str:
        """Its id."""
        identity = one.id or id_of(f"result {one.word}")
        self.add(
            "test", id=identity, cpid=one.cpid, duration_seconds=1234, product_version_id=one.version, deleted=one.deleted,
            verification_status=one.verified, created_at=one.created, updated_at="2016-05-06 07:08:09",
        )  # fmt: skip
        for name, uuid in one.names:
            self.add("results", test_id=identity, name=name, uuid=uuid)
        for key, value in one.meta.items():
            self.add("meta", test_id=identity, meta_key=key, value=value)
        return identity


def fill(database: RefstackDatabase, key: str = "") -> None:
    """People, vendors and results as they are meant, of each kind one."""
    database.add("user", openid=ADA, fullname="Ada Byron – Ünï \\ 'x'", email="ada@example.org")
    for openid in (BOB, DOT):
        database.person(openid)
    if key:
        _, blob, *_ = key.split()
        database.add(
            "pubkeys", id=id_of("key"), openid=ADA, format="ssh-rsa", pubkey=blob, comment="ada@lab", md5_hash="0"
        )
    database.vendor(FOUNDATION, 0, BOB)
    acme = database.vendor(ACME, 3, ADA, DOT, properties=json.dumps({"url": "https://acme.example"}))
    database.vendor(PENDING, 2, ADA)
    database.vendor(DECLINED, 1, ADA, properties=json.dumps({"registration_decline_reason": "no address"}))
    database.product("Cloud Ω", acme, None, "1.0")
    database.run("update product_version set cpid = %s where version = '1.0'", "f" * 32)
    version = id_of("Cloud Ω 1.0")
    for one in (
        Result("anonymous", PLAIN),
        Result("private", PLAIN[:3], {"user": ADA}, created=f"{_DAY} 10:00:01"),
        Result("shared", PLAIN[1:], {"user": ADA, "shared": "true"}, created=f"{_DAY} 10:00:02"),
        Result(
            "verified", PLAIN, {"user": ADA, "shared": "true", "guideline": SCS, "target": "scs-0128"}, version, 1,
            f"{_DAY} 10:00:03", cpid="f" * 32,
        ),
    ):  # fmt: skip
        database.result(one)


def awkward(database: RefstackDatabase) -> dict[str, str]:
    """A row for each thing that can be wrong; the problem that is told of it, by the id of the row."""
    told: dict[str, str] = {}
    for problem, row in _rows(database):
        told[row] = problem
    return told


def _rows(database: RefstackDatabase) -> Iterator[tuple[str, str]]:
    database.person(SPACED)
    yield "variant", SPACED
    database.person("https://openstackid.org/gone", deleted=1)
    yield "deleted", "https://openstackid.org/gone"
    database.add("pubkeys", id=id_of("orphan key"), openid="https://nobody.example", format="ssh-rsa", pubkey="AAAA")
    yield "orphan", id_of("orphan key")
    database.add("pubkeys", id=id_of("bad key"), openid=ADA, format="ssh-dss", pubkey="AAAAB3NzaC1kc3M=", comment="")
    yield "unusable-key", id_of("bad key")
    database.vendor(ACME_TWICE, 3, ADA, created_at=f"{_DAY} 11:00:00")
    yield "same-name", id_of(f"vendor {ACME_TWICE}")
    database.add("user_to_group", user_openid=ADA, group_id=id_of(f"group {ACME}"))
    yield "duplicate", f"{ADA} in {id_of(f'group {ACME}')}"
    database.vendor(EMPTY, 1)
    yield "no-members", id_of(f"vendor {EMPTY}")
    database.add("group", id=id_of("loose"), name="loose", description="")
    database.add("user_to_group", user_openid=ADA, group_id=id_of("loose"))
    yield "orphan", id_of("loose")
    yield "orphan", database.product("Orphan", id_of("vendor that is not there"))
    yield "wrong-value", database.product("Odd kind", id_of(f"vendor {ACME}"), product_type=9)
    database.add("product_version", id=id_of("v"), product_id=id_of("no product"), version="1")
    yield "orphan", id_of("v")
    yield "wrong-date", database.result(Result("zero date", PLAIN, created="0000-00-00 00:00:00"))
    yield "no-tests", database.result(Result("no tests", []))
    yield "deleted", database.result(Result("deleted", PLAIN, deleted=1))
    yield "not-a-uuid", database.result(Result("", PLAIN, id="result-17"))
    yield "unknown-user", database.result(Result("unknown user", PLAIN, {"user": "https://elsewhere.example/eve"}))
    yield "unshared", database.result(Result("said no", PLAIN, {"user": ADA, "shared": "false"}))
    yield "unknown-meta", database.result(Result("more meta", PLAIN, {"user": ADA, "colour": "red"}))
    database.result(Result("old guideline", PLAIN, {"user": ADA, "guideline": "2015.03.json", "target": "compute"}))
    yield "unknown-guideline", "2015.03.json compute"
    yield "orphan", database.result(Result("no version", PLAIN, {"user": ADA}, id_of("not there")))
    database.add("results", test_id=id_of("no result"), name="tempest.stray", uuid=None)
    yield "orphan", id_of("no result")
    database.result(Result("odd names", [("Tempest.Case.TEST_A", "no-uuid"), ("a.B.c[id-" + id_of("x") + "]", None)]))
    with closing(database.server.connect(database.name, charset="latin1")) as connection, connection.cursor() as cursor:
        wrong = "Müller 日".encode().decode("latin-1")
        row = id_of("twice")
        cursor.execute("insert into `group` (id, name) values (%s, 'twice')", (id_of("group twice"),))
        cursor.execute(
            "insert into organization (id, type, name, group_id, created_at) values (%s, 1, %s, %s, '2016-01-01')",
            (row, wrong.encode("latin-1"), id_of("group twice")),
        )
        yield "double-encoded", row
