"""Who may speak for whom: OpenSSH's allowed signers, our policy, our revocations."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.trust.errors import InvalidSigners
from certmark.trust.signers.openssh import read_allowed_signers
from certmark.trust.signers.policy import Revocation, read_revocations, read_signers
from certmark.trust.signers.signers import (
    AllowedSigner,
    Claim,
    Grant,
    Permission,
    Signers,
    ValidityPeriod,
    matches,
    permission,
)
from support.signed import KEY, NOW, OTHER

LINE = KEY.public.line


@pytest.mark.parametrize(
    ("patterns", "text", "found"),
    [
        ((), "a", False),
        (("*",), "", True),
        (("a*c",), "abbc", True),
        (("a?c",), "abc", True),
        (("a?c",), "ac", False),
        (("ACME",), "acme", True),
        (("*", "!a*"), "abc", False),
        (("!a*",), "xyz", False),
        (("*@acme.example",), "ops@acme.example", True),
        (("[a]",), "a", False),
        (("*a" * 30 + "b",), "a" * 500, False),
    ],
)
def test_patterns_are_those_of_openssh(patterns: tuple[str, ...], text: str, found: bool) -> None:
    assert matches(patterns, text) is found


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_a_pattern_means_what_the_same_regular_expression_does(pattern: str, text: str) -> None:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert matches((pattern,), text) is (re.fullmatch(expression, text) is not None)


def allowed(line: str, matter: Claim, moment: datetime = NOW) -> bool:
    return permission(read_allowed_signers(line.encode(), "allowed"), [KEY.public], matter, moment).allowed


@pytest.mark.parametrize(
    ("head", "vendor", "found"),
    [
        ("Acme", "Acme", True),
        ("acme,other", "Acme", False),
        ("*", "Anybody", True),
        ("ops@acme.example", "acme.example", True),
        ("*@acme.example", "acme.example", True),
        ("ops@acme.example", "ops@acme.example", True),
        ("ops@acme.example", "Acme", False),
        ('"Acme Clouds"', "Acme Clouds", True),
        ("Acme", None, False),
        ('Acme namespaces="certmark"', "Acme", True),
        ('Acme namespaces="git,certmark"', "Acme", True),
        ('Acme namespaces="git"', "Acme", False),
        ('Acme valid-after="20260101",valid-before="20270101"', "Acme", True),
        ('Acme valid-before="20261122"', "Acme", False),
        ('Acme valid-before="202611221201Z"', "Acme", True),
        ('Acme valid-after="20261122120001"', "Acme", False),
    ],
)
def test_a_principal_is_a_vendor_or_an_address_of_it(head: str, vendor: str | None, found: bool) -> None:
    assert allowed(f"# who may sign\n\n{head} {LINE}\n", Claim(vendor)) is found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "allowed allows nobody: there is no line of a signer in it"),
        ("# nobody", "allowed allows nobody: there is no line of a signer in it"),
        ("Acme", "allowed, line 1 is no line of a signer; it is: principals, options, key"),
        ('"Acme', "allowed, line 1: a quotation mark that does not end"),
        ("Acme ssh-ed25519 AAAA", "allowed allows nobody: allowed, line 1 is no public key of SSH: it stops in the middle"),
        (f"Acme cert-authority {LINE}", "allowed allows nobody: allowed, line 1 allows a certificate authority, which is not read here; name the keys themselves"),
        (f'Acme colour="red" {LINE}', 'allowed, line 1: the option "colour" is not known'),
        (f'Acme namespaces="a",namespaces="b" {LINE}', "allowed, line 1: the option namespaces stands twice"),
        (f"Acme namespaces {LINE}", 'allowed, line 1: the option namespaces must be written as namespaces="…"'),
        (f'Acme valid-before="soon" {LINE}', 'allowed, line 1: "soon" is no time such as 20271231 or 202712311200Z'),
        (f'Acme valid-before="20261340" {LINE}', 'allowed, line 1: "20261340" is no time such as 20271231 or 202712311200Z'),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_understood_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(InvalidSigners) as caught:
        read_allowed_signers(text.encode(), "allowed")
    assert str(caught.value) == sentence


def test_a_list_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidSigners, match="allowed is no list of allowed signers: it is no text in UTF-8"):
        read_allowed_signers(b"\xff\xfe", "allowed")


POLICY = f"""\
format: certmark-signers
version: 1
signers:
  - name: ops@acme.example
    keys: [{LINE}]
    valid-from: 2026-01-01
    valid-until: 2027-12-31
  - name: lab
    keys: [{OTHER.public.line}]
grants:
  - vendors: [Acme]
    clouds: ["cloud:x/*"]
    signers: [ops@acme.example, lab]
    threshold: 2
max-age-days: 365
"""


def test_a_policy_is_read() -> None:
    span = ValidityPeriod(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    assert read_signers(POLICY.encode(), "policy") == Signers(
        "policy",
        (AllowedSigner("ops@acme.example", KEY.public, span), AllowedSigner("lab", OTHER.public)),
        (Grant(("ops@acme.example", "lab"), ("Acme",), ("cloud:x/*",), threshold=2),),
        365,
    )


def test_a_policy_in_json_says_the_same() -> None:
    import yaml

    document = json.dumps(yaml.safe_load(POLICY), default=str)
    assert read_signers(document.encode(), "policy") == read_signers(POLICY.encode(), "policy")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("certmark-signers", "x", 'policy must have "format": "certmark-signers"; it says "x"'),
        ("version: 1", "version: 2", 'policy is of version "2"; this Certmark reads certmark-signers, version 1'),
        ("version: 1", "version: 1.0", 'policy is of version "1.0"; this Certmark reads certmark-signers, version 1'),
        ("vendors: [Acme]", "vendors: null", 'policy, grants[0]: "vendors" must be a list of strings'),
        ("threshold: 2", "threshold: null", 'policy, grants[0]: "threshold" must be a whole number from 1 to 2'),
        ("max-age-days: 365", "max-age-days: null", 'policy: "max-age-days" must be a whole number from 1 to 36,500'),
        ("2027-12-31", "null", 'policy, signers[0]: "valid-until" must be a date such as 2027-05-31'),
        pytest.param(OTHER.public.line, LINE, 'policy: "ops@acme.example" and "lab" have the same key', id="one key"),
        ("version: 1", "version: true", 'policy is of version "True"; this Certmark reads certmark-signers, version 1'),
        ("max-age-days: 365", "max-age-days: 0", 'policy: "max-age-days" must be a whole number from 1 to 36,500'),
        ("max-age-days", "max-age", 'policy: "max-age" is not known; there are format, grants, max-age-days, signers, version'),
        ("threshold: 2", "threshold: 3", 'policy, grants[0]: "threshold" must be a whole number from 1 to 2'),
        ("threshold: 2", "threshold: 0", 'policy, grants[0]: "threshold" must be a whole number from 1 to 2'),
        ("name: lab", "name: laboratory", 'policy: a grant names "lab", who is not among the signers'),
        ("vendors: [Acme]", "vendors: []", 'policy, grants[0]: "vendors" must be a list of strings that is not empty'),
        ("2027-12-31", "soon", 'policy, signers[0]: "valid-until" must be a date such as 2027-05-31'),
        pytest.param(
            LINE, "ssh-ed25519 AAAA", "policy, signers[0] is no public key of SSH: it stops in the middle", id="a key that stops"
        ),  # the key is another one each time, and names of tests are not
        ("grants:", "grants: 7\nx:", 'policy: "x" is not known; there are format, grants, max-age-days, signers, version'),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_understood_is_refused(old: str, new: str, sentence: str) -> None:
    with pytest.raises(InvalidSigners) as caught:
        read_signers(POLICY.replace(old, new).encode(), "policy")
    assert str(caught.value) == sentence


def test_a_policy_that_grants_nothing_allows_nothing() -> None:
    empty = read_signers(b'{"format": "certmark-signers", "version": 1}', "policy")
    assert permission(empty, [KEY.public], Claim("Acme"), NOW) == Permission(
        allowed=False, sentence="no key that signed is among those of policy"
    )


def test_revocations_are_read_from_a_text_and_from_a_document() -> None:
    text = f"# gone\n{KEY.keyid} stolen\n{OTHER.public.line}\n"
    assert set(read_revocations(text.encode(), "list").keys) == {KEY.keyid, OTHER.keyid}
    for empty in (b"", b"# none\n"):
        with pytest.raises(InvalidSigners):
            read_revocations(empty, "list")
    document = {
        "format": "certmark-revocations",
        "version": 1,
        "keys": [{"id": KEY.keyid, "since": "2026-11-01", "reason": "stolen"}],
        "attestations": [{"sha256": "0" * 64}],
    }
    found = read_revocations(json.dumps(document).encode(), "list")
    assert found.keys == {KEY.keyid: Revocation("stolen", datetime(2026, 11, 1, tzinfo=UTC))}
    assert found.attestations == {"0" * 64: Revocation("revoked", None)}
    assert found.unchecked == "it is not signed"


def test_of_an_id_that_stands_twice_the_revocation_that_reaches_further_back_holds() -> None:
    for order in (1, -1):
        keys = [{"id": KEY.keyid, "since": day} for day in ("2026-11-01", "2030-01-01")][::order]
        document = {"format": "certmark-revocations", "version": 1, "keys": keys}
        found = read_revocations(json.dumps(document).encode(), "list")
        assert found.keys[KEY.keyid].since == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"SHA256:x\n", "list, line 1, is neither a key nor the id of one"),
        pytest.param(f"{KEY.keyid}\rSHA256:x\n".encode(), "list, line 1, has the character U+000D, behind which another entry may stand", id="a return"),
        (b"hello", "list must be a mapping"),
        (b'{"format": "certmark-revocations", "version": 1, "keys": [{"id": "x"}]}', 'list, keys[0]: "id" is "x", which is none'),
        (b'{"format": "certmark-revocations", "version": 1, "keys": 7}', 'list: "keys" must be a list of mappings'),
    ],
)  # fmt: skip
def test_a_list_of_revocations_that_cannot_be_understood_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidSigners) as caught:
        read_revocations(data, "list")
    assert str(caught.value) == sentence


@pytest.mark.parametrize("key", ["[a, b]", "{a: b}"])
def test_a_key_that_is_no_text_is_refused(key: str) -> None:
    with pytest.raises(
        InvalidSigners, match=r"\Apolicy is no YAML that is read here \(line \d, column \d\): a key that is no"
    ):
        read_signers(f"format: certmark-signers\nversion: 1\n{key}: 1\n".encode(), "policy")
