"""Indexes of published guidelines: written and read again; whatever else comes is refused in a sentence."""

from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.published_revisions import PublishedRevision
from certmark.trust.envelopes import Envelope, Signature, write_envelope
from certmark.trust.errors import InvalidEnvelope
from certmark.trust.publications.documents import (
    PAYLOAD_TYPE,
    GuidelineIndex,
    index_payload,
    is_guideline_id,
    is_name,
    open_index,
    read_index,
    seal_index,
    text_path,
)
from certmark.trust.publications.verification import check_index
from certmark.trust.signers.signers import any_key
from certmark.trust.verification.requests import TrustPolicy
from support.published_site import KEY, NAME

ISSUED = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
REVISION = PublishedRevision("2026.11", 1, "a" * 64, 100, "json", None, ISSUED)
INDEX = GuidelineIndex(NAME, 1, ISSUED, ISSUED + dt.timedelta(days=1), (REVISION,))
TRUST = TrustPolicy(ISSUED + dt.timedelta(hours=1), any_key([KEY.public]))
SEALED = write_envelope(seal_index(INDEX, [KEY]))
CONTENT: dict[str, Any] = json.loads(index_payload(INDEX))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def envelope_of(content: object) -> Envelope:
    return Envelope(PAYLOAD_TYPE, json.dumps(content).encode(), (Signature("", b"x"),))


def test_an_index_is_read_as_it_was_written() -> None:
    found = read_index(open_index(SEALED, "x"), "x")
    assert found._replace(sha256="") == INDEX
    checked = check_index(SEALED, "x", TRUST)
    assert (checked.contents, checked.steps.holds) == (found, True)


def test_the_shipped_schema_is_of_what_is_written_and_read() -> None:
    schema = json.loads((files("certmark") / "data" / "schemas" / "certmark-guideline-index-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(CONTENT, schema, cls=jsonschema.Draft202012Validator)
    assert set(schema["properties"]) == set(CONTENT)
    assert set(schema["properties"]["revisions"]["items"]["properties"]) == set(CONTENT["revisions"][0])


@given(
    st.sampled_from([("index", key) for key in CONTENT] + [("revision", key) for key in CONTENT["revisions"][0]]), JSON
)
def test_whatever_stands_in_a_field_is_read_or_refused_in_a_sentence(field: tuple[str, str], value: object) -> None:
    content = json.loads(index_payload(INDEX))
    (content if field[0] == "index" else content["revisions"][0])[field[1]] = value
    try:
        found = read_index(envelope_of(content), "x")
    except InvalidEnvelope as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
    else:
        assert all(text_path(one).count("/") == 1 and ".." not in text_path(one) for one in found.revisions)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-13-01", "", None])
def test_a_time_that_there_is_not_is_refused(moment: object) -> None:
    with pytest.raises(InvalidEnvelope):
        read_index(envelope_of({**CONTENT, "issued": moment}), "x")


@given(st.integers(0, len(SEALED) - 1), st.integers(0, 7))
def test_an_index_of_which_a_bit_was_changed_is_never_another_one(place: int, bit: int) -> None:
    data = bytearray(SEALED)
    data[place] ^= 1 << bit
    checked = check_index(bytes(data), "x", TRUST)
    assert checked.contents is None or checked.contents._replace(sha256="") == INDEX


def test_an_index_has_bounds() -> None:
    with pytest.raises(InvalidEnvelope, match="more than 4 MiB"):
        open_index(b" " * (4 << 20) + b" ", "x")
    many = [{**CONTENT["revisions"][0], "revision": number} for number in range(1, 5002)]
    with pytest.raises(InvalidEnvelope, match="more than 5,000 entries"):
        read_index(envelope_of({**CONTENT, "revisions": many}), "x")


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("example.org/guidelines", True),
        ("a", True),
        ("Example.org", False),
        ("a b", False),
        ("", False),
        ("a/", False),
        ("a" * 201, False),
    ],
)
def test_a_publisher_has_a_name_that_a_log_can_have(text: str, is_right: bool) -> None:
    assert is_name(text) is is_right


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("2026.11", True),
        ("scs-0128", True),
        ("Dns_next", True),
        ("..", False),
        ("a..b", False),
        (".hidden", False),
        ("a/b", False),
        ("a b", False),
        ("2026.11.json", False),
        ("index.HTML", False),
        ("é", False),
        ("a" * 101, False),
    ],
)
def test_an_id_can_stand_in_an_address_and_a_file(text: str, is_right: bool) -> None:
    assert is_guideline_id(text) is is_right
