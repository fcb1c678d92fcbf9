"""The identity of a cloud: minted once, copied without slips, told by region."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.subject_identities import (
    RANDOM_BYTES,
    InvalidSubjectIdentity,
    SubjectIdentity,
    md5_of_host,
    mint,
    parse_cloud_identity,
)

RANDOM = bytes(range(RANDOM_BYTES))
TEXT = "cloud:000g40r40m30e209185gr38e-gv"
regions = st.none() | st.text(st.characters(exclude_categories=("C", "Z"))).filter(lambda text: 0 < len(text) < 20)


def test_an_identity_keeps_its_form_for_ever() -> None:
    assert str(mint(RANDOM)) == TEXT
    assert parse_cloud_identity(TEXT) == mint(RANDOM)


@given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES), regions)
def test_what_is_written_is_read(random: bytes, region: str | None) -> None:
    identity = mint(random).within(region)
    assert parse_cloud_identity(str(identity)) == identity
    assert str(identity).isprintable()


@given(st.integers(0, 23), st.sampled_from("0123456789abcdefghjkmnpqrstvwxyz"))
def test_most_slips_in_copying_show(place: int, digit: str) -> None:
    digits = TEXT.removeprefix("cloud:")
    changed = f"cloud:{digits[:place]}{digit}{digits[place + 1 :]}"
    if changed == TEXT:
        return
    try:
        # One slip in about a thousand fits its check digits by chance; it is another cloud then.
        assert parse_cloud_identity(changed) != parse_cloud_identity(TEXT)
    except InvalidSubjectIdentity as refusal:
        assert "has a slip in it" in str(refusal)  # noqa: PT017 - either is right


@pytest.mark.parametrize("text", [TEXT.upper().replace("CLOUD", "cloud"), TEXT.replace("0", "O"), f"  {TEXT}\n"])
def test_what_people_misread_is_understood(text: str) -> None:
    assert parse_cloud_identity(text) == mint(RANDOM)


@pytest.mark.parametrize(
    "text",
    ["", "cloud:", TEXT[:-1], TEXT + "/", TEXT + "/a/b", TEXT + "/a b", TEXT + "/%0a", "https://keystone:5000/v3",
     TEXT.replace("g", "u"), TEXT[:-1] + "6", "098f6bcd4621d373cade4e832627b4f6", TEXT + "\0"],
)  # fmt: skip
def test_what_is_no_identity_is_refused(text: str) -> None:
    with pytest.raises(InvalidSubjectIdentity):
        parse_cloud_identity(text)


@given(st.text())
def test_anything_is_an_identity_or_refused(text: str) -> None:
    for tried in (text, TEXT + text):
        said = ""
        try:
            parse_cloud_identity(tried)
        except InvalidSubjectIdentity as refusal:
            said = str(refusal)
        assert "\n" not in said


def test_regions_of_one_cloud_share_its_id_and_differ() -> None:
    cloud = mint(RANDOM)
    east, west = cloud.within("East"), cloud.within("West")
    assert str(east) == f"{TEXT}/East"
    assert east != west
    assert east.id == west.id
    assert east.within("East") == east.within(None) == east
    with pytest.raises(InvalidSubjectIdentity, match="of region East, and the tests are for region West"):
        east.within("West")


def test_strange_regions_are_written_so_that_they_stay_one_word() -> None:
    assert str(SubjectIdentity(mint(RANDOM).id, "a b/ü")) == f"{TEXT}/a%20b%2F%C3%BC"


@pytest.mark.parametrize(
    ("url", "digest"),
    [
        ("http://Keystone.example.com:5000/v3", "b33dc8a37c8607c6a7612f6296139578"),  # as RefStack's client sent it
        ("https://keystone.example.com", "b33dc8a37c8607c6a7612f6296139578"),
        ("nothing", None), ("http://[::1", None),
    ],
)  # fmt: skip
def test_the_legacy_id_is_that_of_refstacks_client(url: str, digest: str | None) -> None:
    assert md5_of_host(url) == digest


def test_an_identity_is_made_of_enough_chance() -> None:
    with pytest.raises(ValueError, match="15 random bytes"):
        mint(b"short")
