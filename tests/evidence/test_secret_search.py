"""Looking for secrets fast finds exactly what looking everywhere does."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certmark.evidence.secrets.search import find_leaks
from certmark.evidence.secrets.texts import STEP
from certmark.formats.secrets.harmless import is_dense
from certmark.formats.secrets.kinds import FoundSecret
from certmark.formats.secrets.search import RULES, Prefilter, find_secrets
from support.planted import FERNET, KEY, SECRETS


def looked_for_everywhere(window: bytes) -> Iterator[FoundSecret]:
    """At every place, rule by rule, needle by needle."""
    lower = window.lower()
    for rule in RULES:
        for needle in rule.needles:
            done = 0
            for place in range(len(window)):
                if place < done or not (lower if needle.islower() else window).startswith(needle, place):
                    continue
                reading = rule.read(window, place)
                if reading is not None:
                    done = reading.end
                    yield from reading.found


_PLANTED = [text.replace("@", secret, 1) for text, secret in SECRETS.values()]
_WORDS = [
    *_PLANTED, FERNET, KEY, "X-Auth-Token: ", "'X-Auth-Token': '<omitted>'", "x-auth-token: {SHA256}0123456789abcdef",
    "http://user:hunter22@host/", "://", "@", ":", "//", "someone@example.org", "password", '"adminPass": "', '"', "'",
    "PASSWORD': 'Hunter-22!'", "Cookie: a=", "gAAAAA", "eyJ", ".eyJ", "0123456789abcdefABCDEF", "secret", "user_data",
    "temp_url_sig=", "signature=6af2b8c19d3e0475f1a2b3c4", "\n", " ", "\\", "-----BEGIN RSA PRIVATE KEY-----", "\0",
    "assert ",
]  # fmt: skip
_TEXTS = st.lists(
    st.one_of(st.sampled_from(_WORDS), st.text(alphabet="aPs:/@'\"=-.eyJkT \n09", max_size=12)), max_size=12
).map(lambda words: "".join(words).encode())


@example("".join(_PLANTED).encode())
@given(_TEXTS)
def test_looking_fast_finds_what_looking_everywhere_does(text: bytes) -> None:
    def ordered(found: Iterator[FoundSecret]) -> set[tuple[str, int, int, bytes]]:
        return {(one.kind.name, one.start, one.end, one.value) for one in found}

    fast, everywhere = ordered(find_secrets(text)), ordered(looked_for_everywhere(text))
    assert everywhere == fast
    assert [(text[start:end], value) for _, start, end, value in fast if text[start:end] != value] == []


def test_everything_planted_is_found() -> None:
    for text, (_, secret) in zip(_PLANTED, SECRETS.values(), strict=True):
        assert secret.encode() in {one.value for one in find_secrets(text.encode())}, text


@pytest.mark.parametrize(
    ("value", "dense"),
    [
        (b"", False),
        (b"aaaaaaaaaaaaaaaaaaaa", False),
        (b"abababababababababab", False),
        (b"abcdefabcdefabcdef", False),
        (b"abcdefgabcdefgabcdefg", True),
        (b"6af2b8c19d3e0475", True),
    ],
)
def test_what_has_at_least_seven_signs_as_often_looks_like_chance(value: bytes, *, dense: bool) -> None:
    assert is_dense(value) is dense


@pytest.mark.parametrize("form", [form for rule in RULES for form in rule.idle])
def test_what_is_passed_over_is_never_a_secret_whatever_follows(form: bytes) -> None:
    assert list(find_secrets(form + b"abcdefghijklmnopqrstuvwxyz0123456789")) == []


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=20), st.integers(0, 300))
def test_a_sketch_never_misses_a_word(text: bytes, word: bytes, place: int) -> None:
    assert Prefilter(text[:place] + word + text[place:]).may_have(word.lower())


def test_a_sketch_knows_what_is_absent() -> None:
    assert not Prefilter(b"2026-11-22 GET http://10.0.0.1/v2\n" * 100).may_have(b"x-auth-key")


@pytest.mark.thorough
@given(planted=st.sampled_from(_PLANTED), place=st.integers(-80, 5))
def test_a_secret_across_two_blocks_is_found(planted: str, place: int) -> None:
    text = b"." * (STEP + place) + b"\n" + planted.encode() + b"\n" + b"." * 100
    assert find_leaks(io.BytesIO(text), "m", {})


def test_a_known_secret_is_found_whatever_it_is_made_of() -> None:
    for value in ("0123456789abcdef", "deadbeef-1234", "Two\nlines-of-it", "zähes Wort", "Hunter22!"):
        text = f"before {value} after".encode()
        assert [one.what for one in find_leaks(io.BytesIO(text), "m", {"it": value})] == ["the value of it"], value
