"""Trust documents and lists of revocations: read, followed from edition to edition, counted."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.formats.errors import FormatError
from certmark.trust.envelopes import Envelope, read_envelope, write_envelope
from certmark.trust.errors import InvalidEnvelope, InvalidSigners, NotApproved, OutdatedTrust, UntrustedEdition
from certmark.trust.keys.files import FileSigner
from certmark.trust.programme import documents, revocations
from certmark.trust.programme.documents import next_draft, read_draft, read_trust
from certmark.trust.programme.envelopes import fingerprint_of, payload_of, with_signature
from certmark.trust.programme.following import begin, check_date, follow, next_list
from certmark.trust.programme.revocations import counted, read_revocation_list
from certmark.trust.signers.policy import Revocation
from support.programmes import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ERIN,
    FAR,
    OPS,
    PROGRAMME,
    REVOKER,
    signed_list,
    signed_trust,
    trust_content,
    without_signatures,
)

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
FIRST = read_trust(signed_trust(trust_content()), "it")
EVERYBODY = (ALICE, BOB, CAROL, DAVE, ERIN, OPS)
SCHEMAS = Path(documents.__file__).parents[2] / "data" / "schemas"


def schema(name: str) -> Any:
    found = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def test_a_trust_document_is_read_as_it_was_written() -> None:
    content = trust_content(
        waivers={"signers": [{"name": "office", "keys": [BOB.public.line]}], "grants": [{"signers": ["office"]}]},
        guidelines=[{"id": "2026.11", "sha256": "0" * 64, "policy": "strict"}],
    )
    found = read_trust(signed_trust(content), "it")
    assert (found.programme, found.number, found.expires) == (PROGRAMME, 1, FAR)
    assert [key.id for key in found.ring.keys] == [ALICE.keyid, BOB.keyid, CAROL.keyid]
    assert found.edition.signed_by == {ALICE.keyid, BOB.keyid}
    assert found.signers.grants[0].vendors == ("Acme",)
    assert found.approvers.grants[0].signers == ("office",)
    assert found.guidelines is not None
    assert found.guidelines[0].policy is not None
    assert found.guidelines[0].policy.name == "strict"


def test_what_a_trust_document_does_not_say_it_does_not_allow() -> None:
    found = read_trust(signed_trust(trust_content(revocations=None)), "it")
    assert (found.approvers.grants, found.guidelines, found.revocations, found.log) == ((), None, None, None)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": 1.0}, 'it is of version "1.0"; this Certmark reads certmark-trust, version 1'),
        ({"programme": "two\nlines"}, 'it: "programme" must be a name, on one line'),
        ({"edition": 0}, 'it: "edition" must be a whole number from 1 to 1,000,000'),
        ({"edition": 1.0}, 'it: "edition" must be a whole number from 1 to 1,000,000'),
        ({"expires": None}, 'it: "expires" must be the last day on which it holds'),
        ({"office": None}, "it, office must be a mapping with keys, threshold"),
        ({"office": {"threshold": 0, "keys": [ALICE.public.line]}}, 'it, office: "threshold" must be a whole number from 1 to 1'),
        ({"office": {"threshold": 2, "keys": [ALICE.public.line]}}, 'it, office: "threshold" must be a whole number from 1 to 1'),
        ({"office": {"threshold": 1, "keys": []}}, 'it, office: "keys" must be a list of strings that is not empty'),
        ({"office": {"threshold": 2, "keys": [ALICE.public.line, ALICE.public._replace(comment="again").line]}}, 'it, office: "keys" has a key twice'),
        ({"office": {"threshold": 1, "keys": ["ssh-ed25519 AAAA"]}}, "it, office is no public key of SSH: it stops in the middle"),
        ({"signers": None}, "it, signers must be a mapping with grants, max-age-days, signers"),
        ({"guidelines": [{"id": "x", "sha256": "0"}]}, 'it, guidelines[0]: "sha256" must be a SHA-256 in 64 hexadecimal digits'),
        ({"guidelines": [{"id": "x", "sha256": "0" * 64, "policy": "easy"}]}, """it, guidelines[0]: "policy" there is no policy 'easy'; the ones that come along are strict, none-failed, conformance, refstack-2020"""),
        ({"log": {"logs": ["x"]}}, 'it, log: "logs" "x" is no key of a log (NAME+ID+KEY); copy it again from where it is published'),
        ({"surprise": 1}, 'it: "surprise" is not known; there are certificates, edition, expires, format, guidelines, log, office, programme, revocations, signers, version, waivers'),
    ],
)  # fmt: skip
def test_a_trust_document_that_cannot_be_understood_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidSigners) as caught:
        read_trust(signed_trust(trust_content(**changes)), "it")
    assert str(caught.value) == sentence


def test_what_is_no_trust_document_is_refused() -> None:
    with pytest.raises(InvalidEnvelope, match="which is no trust document"):
        read_trust(signed_list(), "it")
    with pytest.raises(InvalidEnvelope, match="which is no list of revocations"):
        read_revocation_list(signed_trust(trust_content()), "it")


@pytest.mark.parametrize(
    "more", [b'"Office": 1, ', b'"edition": 1, ', b'"edition2": 1e999, '], ids=["capitals", "twice", "inf"]
)
def test_what_other_readers_would_read_otherwise_is_refused(more: bytes) -> None:
    payload = FIRST.envelope.payload.replace(b"{", b"{" + more, 1)
    with pytest.raises(InvalidEnvelope):
        read_trust(write_envelope(FIRST.envelope._replace(payload=payload)), "it")


def test_a_draft_in_yaml_is_signed_as_json_that_its_schema_knows() -> None:
    text = f"""
format: certmark-trust
version: 1
programme: {PROGRAMME}
edition: 1
expires: 2027-05-31
office: {{threshold: 1, keys: ["{ALICE.public.line}"]}}
signers:
  signers: [{{name: ops, keys: ["{OPS.public.line}"], valid-until: 2027-01-31}}]
  grants: [{{vendors: [Acme], signers: [ops]}}]
guidelines: [{{id: "2026.11", sha256: "{"0" * 64}", policy: strict}}]
revocations: {{threshold: 1, keys: ["{REVOKER.public.line}"], location: revocations.json}}
"""
    found = read_draft(text.encode(), "draft")
    assert found.expires == dt.datetime(2027, 6, 1, tzinfo=dt.UTC), "the last day is one on which it holds"
    jsonschema.validate(json.loads(found.envelope.payload), schema("certmark-trust-1"))
    jsonschema.validate(next_draft(found, dt.date(2028, 1, 1)), schema("certmark-trust-1"))
    assert next_draft(found, dt.date(2028, 1, 1))["edition"] == 2


def test_nobody_signs_twice() -> None:
    envelope = with_signature(FIRST.envelope, CAROL)
    assert len(envelope.signatures) == 3
    with pytest.raises(NotApproved, match="bears a signature of"):
        with_signature(envelope, ALICE)


def test_rule_1_the_first_edition_is_believed_by_its_fingerprint_and_its_office() -> None:
    data = signed_trust(trust_content())
    fingerprint = fingerprint_of(read_envelope(data).payload)
    assert begin(data, "it", fingerprint).number == 1
    with pytest.raises(UntrustedEdition, match=r"it has the fingerprint SHA256:.*, not .SHA256:else.; do not trust it"):
        begin(data, "it", "SHA256:else")
    for unsigned in (signed_trust(trust_content(), ALICE), without_signatures(trust_content())):
        with pytest.raises(UntrustedEdition, match="of the 2 signatures that it needs"):
            begin(unsigned, "it", fingerprint_of(read_envelope(unsigned).payload))


def editions(*chain: bytes) -> Callable[[int], bytes | None]:
    """The editions from 2 on."""
    return lambda number: chain[number - 2] if 0 <= number - 2 < len(chain) else None


def test_an_office_changes_all_its_keys_step_by_step() -> None:
    second = signed_trust(trust_content(2, (CAROL, DAVE), 2), ALICE, CAROL, DAVE)
    third = signed_trust(trust_content(3, (DAVE, ERIN), 2), CAROL, DAVE, ERIN)
    found = follow(FIRST, editions(second, third))
    assert (found.number, [key.id for key in found.ring.keys]) == (3, [DAVE.keyid, ERIN.keyid])
    assert follow(FIRST, editions()) == FIRST


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (signed_trust(trust_content(2, (DAVE, ERIN), 2), DAVE, ERIN), "0 of the 2 signatures are there that edition 1 asks for"),
        (signed_trust(trust_content(2, (DAVE, ERIN), 2), ALICE, BOB), "0 of the 2 signatures that it needs are there and sound"),
        (signed_trust(trust_content(2), ALICE), "1 of the 2 signatures are there that edition 1 asks for"),
        (signed_trust(trust_content(2), ALICE, ALICE), "1 of the 2 signatures are there that edition 1 asks for"),
        (signed_trust(trust_content(1)), "it is edition 1, and after edition 1 comes 2"),
        (signed_trust(trust_content(3)), "it is edition 3, and after edition 1 comes 2"),
        (signed_trust(trust_content(2, programme="Another")), "it is of another programme than edition 1"),
        (without_signatures(trust_content(2)), "0 of the 2 signatures are there that edition 1 asks for"),
    ],
    ids=["a strange office", "own office missing", "too few", "one key twice", "old", "a gap", "another", "unsigned"],
)  # fmt: skip
def test_what_does_not_follow_is_refused(second: bytes, problem: str) -> None:
    with pytest.raises(UntrustedEdition) as caught:
        follow(FIRST, editions(second))
    assert str(caught.value) == f'edition 2 of "{PROGRAMME}" is not to be trusted: {problem}'


def test_an_edition_that_was_changed_afterwards_is_noticed() -> None:
    changed = signed_trust(trust_content(1, expires="2098-01-01"))
    with pytest.raises(UntrustedEdition, match="was changed: there are two different editions 1 of it"):
        follow(FIRST, lambda number: changed if number == 1 else None)


def test_an_expired_edition_may_stand_between_and_is_not_used() -> None:
    old = signed_trust(trust_content(2, expires="2026-01-01"))
    between = follow(FIRST, editions(old, signed_trust(trust_content(3))))
    check_date(between, NOW)
    with pytest.raises(OutdatedTrust, match="cannot be used: edition 2 expired on 2026-01-02 00:00 UTC"):
        check_date(follow(FIRST, editions(old)), NOW)


@given(st.lists(st.tuples(st.sets(st.sampled_from(EVERYBODY)), st.integers(1, 3), st.sets(st.sampled_from(EVERYBODY)))))
def test_no_chain_is_followed_without_the_threshold_of_both_offices(
    links: list[tuple[set[FileSigner], int, set[FileSigner]]],
) -> None:
    chain, known, reached = [], ({ALICE, BOB, CAROL}, 2), 1
    is_whole = True
    for place, (office, threshold, signers) in enumerate(links):
        if not 1 <= threshold <= len(office) or not signers:
            break
        chain.append(signed_trust(trust_content(place + 2, tuple(office), threshold), *signers))
        is_whole = is_whole and all(len(keys & signers) >= least for keys, least in (known, (office, threshold)))
        reached += is_whole
        known = (office, threshold)
    if is_whole:
        assert follow(FIRST, editions(*chain)).number == reached
    else:
        with pytest.raises(UntrustedEdition):
            follow(FIRST, editions(*chain))


ENTRIES: dict[str, list[dict[str, str]]] = {
    "keys": [
        {"id": OPS.keyid, "since": "2026-11-01", "reason": "stolen"},
        {"id": OPS.keyid, "since": "2030-01-01", "reason": "later"},
    ],
    "runs": [{"id": "20261128T120000-acme", "reason": "wrong cloud"}],
    "bundles": [{"sha256": "b" * 64, "reason": "made up"}],
    "products": [{"vendor": "Acme", "product": "Acme Cloud", "version": "12", "reason": "withdrawn"}],
    "waivers": [{"sha256": "c" * 64, "reason": "a mistake"}],
    "attestations": [{"sha256": "d" * 64, "reason": "a typo"}],
}


def test_a_list_of_revocations_is_read_and_its_schema_knows_it() -> None:
    data = signed_list(entries=ENTRIES)
    found = read_revocation_list(data, "it").revocations
    assert found.keys == {OPS.keyid: Revocation("stolen", dt.datetime(2026, 11, 1, tzinfo=dt.UTC))}
    assert found.runs == {"20261128T120000-acme": Revocation("wrong cloud", None)}
    assert (set(found.bundles), set(found.waivers), set(found.attestations)) == ({"b" * 64}, {"c" * 64}, {"d" * 64})
    jsonschema.validate(json.loads(read_envelope(data).payload), schema("certmark-revocation-list-1"))


@pytest.mark.parametrize(
    ("vendor", "name", "version", "is_revoked"),
    [
        ("Acme", "Acme Cloud", "12", True),
        ("ACME", " acme cloud", "12", True),
        ("Acme", "Acme Cloud", "13", False),
        ("Acme", "Acme Cloud", None, True),  # who leaves the version out does not get by
        ("Acme", "Another", "12", False),
        ("Else", "Acme Cloud", "12", False),
        (None, None, None, False),
    ],
)
def test_a_product_is_revoked_whatever_its_capitals(
    vendor: object, name: object, version: object, is_revoked: bool
) -> None:
    (product,) = read_revocation_list(signed_list(entries=ENTRIES), "it").revocations.products
    assert product.is_of(vendor, name, version) is is_revoked


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"keys": [{"id": "x"}]}, 'it, keys[0]: "id" is none'),
        ({"keys": [{"id": OPS.keyid, "since": None}]}, 'it, keys[0]: "since" must be a date such as 2027-05-31'),
        ({"bundles": [{"sha256": "B" * 64}]}, 'it, bundles[0]: "sha256" is none'),
        ({"runs": [{"id": "a", "since": "2026-01-01"}]}, 'it, runs[0]: "since" is not known; there are id, reason'),
        ({"products": [{"vendor": "Acme"}]}, 'it, products[0]: "product" must be a string'),
        ({"products": [{"vendor": "Acme", "product": "X", "version": None}]}, 'it, products[0]: "version" must be a string'),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_understood_is_refused(entries: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidSigners) as caught:
        read_revocation_list(signed_list(entries=entries), "it")
    assert str(caught.value) == sentence


DAY = dt.timedelta(days=1)
LATER = NOW + DAY
UNTRUSTED = {
    "another key": signed_list(1, OPS),
    "expired": signed_list(1, expires=NOW - DAY),
    "not yet": signed_list(1, issued=NOW + DAY),
    "another programme": signed_list(1, programme="Another"),
    "unsigned": write_envelope(
        read_envelope(signed_list())._replace(signatures=read_envelope(signed_list(2)).signatures)
    ),
}


@pytest.mark.parametrize("why", UNTRUSTED)
def test_a_list_that_is_not_to_be_trusted_proves_nothing_and_takes_no_place(why: str) -> None:
    terms = FIRST.revocations
    assert terms is not None
    found = counted(read_revocation_list(UNTRUSTED[why], "it"), terms.ring, PROGRAMME, NOW)
    assert found.unchecked is not None
    with pytest.raises(UntrustedEdition):
        next_list(None, UNTRUSTED[why], terms, FIRST, NOW)
    sound = counted(read_revocation_list(signed_list(), "it"), terms.ring, PROGRAMME, NOW)
    assert sound.unchecked is None


def test_an_old_list_is_not_brought_back() -> None:
    terms = FIRST.revocations
    assert terms is not None
    known = next_list(None, signed_list(3, entries=ENTRIES), terms, FIRST, NOW)
    assert next_list(known, signed_list(4), terms, FIRST, NOW).number == 4
    for other, problem in (
        (signed_list(2), "it is edition 2, and edition 3 is known: an old one was brought back"),
        (signed_list(3), "there are two different editions 3 of it"),
    ):
        with pytest.raises(UntrustedEdition, match=problem):
            next_list(known, other, terms, FIRST, NOW)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_refused(content: bytes) -> None:
    for data in (content, write_envelope(Envelope(documents.PAYLOAD_TYPE, content, FIRST.envelope.signatures))):
        for read in (read_trust, read_draft, read_revocation_list):
            with suppress(FormatError):
                read(data, "it")


def test_payloads_are_plain_json() -> None:
    assert payload_of({"day": dt.date(2026, 1, 1)}) == b'{\n "day": "2026-01-01"\n}\n'
    with pytest.raises(InvalidSigners, match="is a value that JSON does not have"):
        payload_of({"x": b"bytes"})
    assert revocations.KINDS.keys() == read_revocation_list(signed_list(entries=ENTRIES), "it").entries.keys()
