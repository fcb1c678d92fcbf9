"""A run carries the verdict that its sender asked for and the key of its request; uploads have dictionaries."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from certmark.server.store.migrations.guards import guard, unguard

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BYTES = sa.LargeBinary
_PAGE = 512
_NEW = (
    ("digest", _BYTES, {"sqlite": "x''", "postgresql": "''"}),
    ("size", _NUMBER, {"sqlite": "0", "postgresql": "0"}),
    ("key", sa.Text, None),
    ("standing", sa.Text, None),
    ("is_partial", sa.Integer, {"sqlite": "0", "postgresql": "0"}),
    ("sentence", sa.Text, None),
    ("as_of", sa.Text, None),
)
_PARTIAL = (
    ("uq_runs_owner_key", ("owner", "key"), "key is not null"),
    ("ix_runs_public", ("id",), "is_public = 1"),
    ("ix_runs_own_clouds", ("owner", "subject", "id"), "subject is not null"),
    ("ix_runs_public_clouds", ("subject", "id"), "is_public = 1 and subject is not null"),
    ("ix_runs_whole", ("vendor", "product", "program", "id"), "is_partial = 0 and product is not null"),
    ("ix_runs_evidence", ("evidence",), "evidence is not null"),
)
_OLD = (("is_public", "created", "id"), ("subject", "created"), ("owner", "created", "id"), ("evidence",))


def upgrade() -> None:
    """Every run gets what stood beside it; uploads and outcomes are written anew."""
    op.create_table(
        "packings",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("last", _NUMBER, nullable=False),
        sa.Column("content", _BYTES, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_packings"),
        sqlite_strict=True,
    )
    guard("packings")
    dialect = op.get_bind().dialect.name
    for name, kind, default in _NEW:
        first = None if default is None else sa.text(default[dialect])
        op.add_column("runs", sa.Column(name, kind, nullable=default is None, server_default=first))
    for columns in _OLD:
        op.drop_index(f"ix_runs_{'_'.join(columns)}", "runs")
    op.execute(
        "update runs set standing = v.standing, is_partial = v.is_partial, sentence = v.sentence, as_of = v.as_of"
        " from verdicts as v where v.run = runs.id and v.guideline = runs.guideline and v.program = runs.program"
    )
    op.execute("update runs set key = (select min(key) from requests where run = runs.id and identity = runs.owner)")
    for run, upload, evidence, outcomes in _runs():
        content = None if upload is None else zlib.decompress(upload)
        digest = evidence if content is None else hashlib.sha256(content).digest()
        _update(
            run,
            digest=digest,
            size=_size_of(evidence) if content is None else len(content),
            upload=None if content is None else b"\0\0\0\0" + _zstd(content),
            outcomes=None if outcomes is None else zlib.compress(_paged(zlib.decompress(outcomes)), 1),
        )
    op.create_index("ix_runs_owner_id", "runs", ["owner", "id"])
    op.create_index("ix_tests_uuid", "tests", ["uuid"])
    for name, columns, where in _PARTIAL:
        op.create_index(
            name,
            "runs",
            list(columns),
            unique=name.startswith("uq"),
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.execute(
        "delete from verdicts where exists (select 1 from runs where runs.id = verdicts.run"
        " and runs.guideline = verdicts.guideline and runs.program = verdicts.program)"
    )
    op.drop_table("requests")


def downgrade() -> None:
    """What a run carried stands beside it again."""
    _make_requests()
    op.execute(
        "insert into verdicts select id, guideline, program, standing, is_partial, coalesce(sentence, ''), as_of"
        " from runs where standing is not null and guideline is not null and program is not null"
    )
    op.execute("insert into requests select owner, key, digest, id, created from runs where key is not null")
    dictionaries = {row[0]: row[1] for row in op.get_bind().execute(sa.text("select number, content from packings"))}
    for run, upload, _, outcomes in _runs():
        _update(
            run,
            upload=None if upload is None else zlib.compress(_unpacked(upload, dictionaries), 6),
            outcomes=None if outcomes is None else zlib.compress(_flat(zlib.decompress(outcomes)), 6),
        )
    op.drop_index("ix_runs_owner_id", "runs")
    op.drop_index("ix_tests_uuid", "tests")
    for name, _, _ in _PARTIAL:
        op.drop_index(name, "runs")
    for name, _, _ in _NEW:
        op.drop_column("runs", name)
    for columns in _OLD:
        op.create_index(f"ix_runs_{'_'.join(columns)}", "runs", list(columns))
    unguard("packings")
    op.drop_table("packings")


def _make_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("identity", _BYTES, sa.ForeignKey("identities.id", name="fk_requests_identity"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("run", _BYTES, sa.ForeignKey("runs.id", name="fk_requests_run", ondelete="cascade"), nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("identity", "key", name="pk_requests"),
        sqlite_strict=True,
    )
    op.create_index("ix_requests_created", "requests", ["created"])


def _runs() -> Iterator[tuple[bytes, bytes | None, bytes | None, bytes | None]]:
    """Every run, some at a time."""
    last = b""
    wanted = sa.text("select id, upload, evidence, outcomes from runs where id > :last order by id limit 500")
    while rows := op.get_bind().execute(wanted, {"last": last}).fetchall():
        yield from ((row[0], row[1], row[2], row[3]) for row in rows)
        last = rows[-1][0]


def _update(run: bytes, **values: Any) -> None:
    words = ", ".join(f"{name} = :{name}" for name in values)
    op.get_bind().execute(sa.text(f"update runs set {words} where id = :run"), {"run": run, **values})  # noqa: S608 - our own names


def _size_of(evidence: bytes | None) -> int:
    found = op.get_bind().execute(sa.text("select size from evidence where digest = :digest"), {"digest": evidence})
    return int(found.scalar() or 0)


def _paged(vector: bytes) -> bytes:
    """A byte for each number, as the pages that say something."""
    pages = (
        (start // _PAGE, vector[start : start + _PAGE].ljust(_PAGE, b"\0")) for start in range(0, len(vector), _PAGE)
    )
    return b"".join(page.to_bytes(4, "big") + content for page, content in pages if any(content))


def _flat(pages: bytes) -> bytes:
    found = bytearray()
    for start in range(0, len(pages), _PAGE + 4):
        first = int.from_bytes(pages[start : start + 4], "big") * _PAGE
        found.extend(b"\0" * (first + _PAGE - len(found)))
        found[first : first + _PAGE] = pages[start + 4 : start + 4 + _PAGE]
    return bytes(found.rstrip(b"\0")) or b"\0"


def _zstd(content: bytes) -> bytes:
    import zstandard  # a door: only where there is something to move

    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(content)


def _unpacked(upload: bytes, dictionaries: dict[int, bytes]) -> bytes:
    import zstandard  # likewise

    packed = dictionaries.get(int.from_bytes(upload[:4], "big"))
    dictionary = None
    if packed is not None:
        dictionary = zstandard.ZstdCompressionDict(
            zstandard.decompress(packed), dict_type=zstandard.DICT_TYPE_RAWCONTENT
        )
    return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(upload[4:])
