"""What must not leave the machine, and how it is told from what may."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certmark.evidence.secrets.redaction import Redactor, secrets_in_configuration, secrets_in_document
from certmark.evidence.secrets.search import LeakedSecret, find_leaks, look_through
from certmark.evidence.secrets.texts import mapped
from certmark.formats.secrets.kinds import Owner
from certmark.formats.secrets.known import KnownSecrets
from certmark.formats.secrets.names import is_secret_name
from support.planted import FERNET, KEY, SECRETS


def redactor(**known: str) -> Redactor:
    return Redactor(b"salt", known, {"/home/me/run": "RUN", "/home/me": "~"})


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("admin_password", True), ("image_ssh_password", True), ("application_credential_secret", True),
        ("private_key", True), ("auth_token", True), ("password", True),
        ("adminPass", True), ("pass", True), ("user_data", True), ("Set-Cookie", True),
        ("X-Account-Meta-Temp-URL-Key", True), ("passed", False),
        ("username", False), ("token_driver", False), ("uri_v3", False), ("key_size", False), ("ssh_key_type", False),
    ],
)  # fmt: skip
def test_names_of_secrets(name: str, *, secret: bool) -> None:
    assert is_secret_name(name) is secret


def test_a_configuration_keeps_everything_but_its_secrets() -> None:
    cleaner = redactor()
    text = (
        "[auth]\nadmin_username = admin\nadmin_password = pa$$word-1\n# a comment\n[validation]\nimage_ssh_password =\n"
        "[database]\nconnection = mysql://os:hunter22@127.0.0.1/x\nlock_path = /home/me/run/locks\n"
    )
    cleaned = cleaner.configuration(text, "c")
    digests = [removal.digest for removal in cleaner.removals]
    assert cleaned == (
        f"[auth]\nadmin_username = admin\nadmin_password = removed-{digests[0]}\n# a comment\n"
        "[validation]\nimage_ssh_password =\n"
        f"[database]\nconnection = mysql://os:removed-{digests[1]}@127.0.0.1/x\nlock_path = RUN/locks\n"
    )
    assert [(removal.member, removal.what) for removal in cleaner.removals] == [
        ("c", "admin_password"), ("c", "password in a URL"),
    ]  # fmt: skip


def test_a_value_over_several_lines_goes_whole() -> None:
    cleaned = redactor().configuration("private_key = first\n  second line\nnext = 1\n", "c")
    assert cleaned.startswith("private_key = removed-")
    assert cleaned.endswith("\nnext = 1\n")
    assert "second" not in cleaned


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (KEY, "-----BEGIN RSA PRIVATE KEY-----"), (f"x {FERNET} y", "x "), ("https://me:hunter22@host/", "https://me:"),
        ("'X-Auth-Token': 'f3Zk1q0aP9sLw2Xy'", "'X-Auth-Token': '"),
        ("Authorization: Basic ZGVtbzpodW50ZXIyMg==", "Authorization: Basic "),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_goes(text: str, kept: str) -> None:
    cleaned = redactor().text(text, "m")
    assert cleaned.startswith(f"{kept}removed-")
    assert find_leaks(io.BytesIO(text.encode()), "m", {})
    assert find_leaks(io.BytesIO(cleaned.encode()), "m", {}) == ()


@pytest.mark.parametrize(
    "text",
    [
        "'X-Auth-Token': '<omitted>'", "http://[::1]:9696/v2.0", "http://127.0.0.1:5000/v3 user@host",
        "x-auth-token: the-token-has-expired", "-----BEGIN PUBLIC KEY-----", "gAAAAA-short",
    ],
)  # fmt: skip
def test_what_is_none_stays(text: str) -> None:
    assert redactor().text(text, "m") == text
    assert find_leaks(io.BytesIO(text.encode()), "m", {}) == ()


def test_a_known_secret_goes_wherever_it_stands() -> None:
    cleaner = redactor(entry="hunter22!")
    document = cleaner.document({"a": ["x hunter22! y"], "password": "hunter22!", "on": True}, "m")
    digest = cleaner.removals[0].digest
    assert document == {"a": [f"x removed-{digest} y"], "password": f"removed-{digest}", "on": True}


def test_the_same_value_has_the_same_digest_and_another_salt_another() -> None:
    first, second, other = redactor(), redactor(), Redactor(b"pepper", {}, {})
    texts = [cleaner.configuration("password = hunter22\n", "m") for cleaner in (first, second, other)]
    assert texts[0] == texts[1] != texts[2]


def test_secrets_are_found_in_every_form_that_they_take() -> None:
    known = {"password of x": 'a"b/c d'}
    for text in ('a"b/c d', r"a\"b/c d", "a%22b%2Fc%20d"):
        assert find_leaks(io.BytesIO(text.encode()), "m", known) == (LeakedSecret("m", "the value of password of x"),)


def test_a_secret_across_two_blocks_is_found() -> None:
    content = b"x" * ((4 << 20) - 4) + b"hunter22!"
    assert find_leaks(io.BytesIO(content), "m", {"p": "hunter22!"}) == (LeakedSecret("m", "the value of p"),)


def test_secrets_are_collected() -> None:
    assert set(secrets_in_configuration("password = a$$b-c\nuser = x\nreset_password = false\n").values()) == {
        "a$$b-c", "a$b-c",
    }  # fmt: skip
    assert set(secrets_in_document([{"username": "a", "password": "one"}, {"password": 12345}]).values()) == {
        "one",
        "12345",
    }


@pytest.mark.parametrize("name", SECRETS)
def test_every_kind_of_planted_secret_is_found_removed_and_gone(name: str) -> None:
    text, secret = SECRETS[name]
    planted = text.replace("@", secret, 1)
    assert find_leaks(io.BytesIO(planted.encode()), "m", {}), planted
    cleaner = redactor()
    cleaned = cleaner.text(planted, "m")
    assert secret not in cleaned
    assert cleaned.startswith(text.partition("@")[0][:8])
    assert find_leaks(io.BytesIO(cleaned.encode()), "m", {}) == ()
    assert any(secret in disclosure.value or disclosure.value in secret for disclosure in cleaner.disclosures.values())


@given(
    name=st.sampled_from(sorted(SECRETS)),
    before=st.binary(max_size=60).map(lambda data: data + b" "),
    after=st.binary(max_size=60).map(lambda data: b" " + data),
)
def test_a_planted_secret_is_found_whatever_stands_around_it(name: str, before: bytes, after: bytes) -> None:
    text, secret = SECRETS[name]
    assert find_leaks(io.BytesIO(before + text.replace("@", secret, 1).encode() + after), "m", {})


@pytest.mark.parametrize(
    "text",
    [
        "{'vary': 'X-Auth-Token', 'x-openstack-request-id': 'req-4f1c2b8a-9d3e'}", "'password': '***'",
        '"adminPass": "<omitted>"', '"password_expires_at": null', "'password': None", "secret_href: http://x/y",
        "http://host:8774/v2.1/servers user@host", "test_create_server_with_admin_password[id-b92d5ec7]",
        "cookie: none", "the password is not shown", '"passed": "everything"',
        "{'X-Auth-Token': '{SHA256}6c1a0fe55e56a0fdbeb0f6f3d2b2d5f6a1b7'}",
    ],
)  # fmt: skip
def test_what_only_speaks_of_secrets_stays(text: str) -> None:
    assert find_leaks(io.BytesIO(text.encode()), "m", {}) == ()
    assert redactor().text(text, "m") == text


@pytest.mark.parametrize("run", ["compute-dynamic-1", "object-dynamic", "object-broken-server-stopped"])
def test_recorded_runs_hold_no_secret_but_those_of_what_the_tests_made(shared: Path, run: str) -> None:
    with (shared / "runs" / run / "results.subunit").open("rb") as file, mapped(file) as content:
        found = list(look_through(content, KnownSecrets({})))
    assert [one for one in found if one.kind.owner is not Owner.TEST] == []
    assert len(found) == {"compute-dynamic-1": 17, "object-dynamic": 14}.get(run, 0)


def test_a_removal_can_be_shown_and_helps_with_no_other() -> None:
    cleaner = redactor()
    cleaner.configuration("password = hunter22\nadmin_password = hunter23\n", "m")
    one, two = cleaner.disclosures.values()
    assert (one.value, two.value) == ("hunter22", "hunter23")
    assert one.holds
    assert two.holds
    assert one.salt != two.salt
    for wrong in (
        one._replace(value="hunter23"),
        one._replace(salt=two.salt),
        one._replace(digest=two.digest),
        one._replace(salt="x"),
    ):
        assert not wrong.holds


def test_two_texts_never_share_an_opening() -> None:
    first, second = redactor(), Redactor(b"pepper", {}, {})
    for cleaner in (first, second):
        cleaner.configuration("password = hunter22\n", "m")
    assert first.disclosures.keys().isdisjoint(second.disclosures)


@given(st.text())
@example("password: removed-" + "0" * 64)
@example("\"password\": \"'secret': 'hunter22'\"")
@example("Authorization: Basic " + FERNET)
def test_cleaned_twice_is_cleaned_once(text: str) -> None:
    cleaner = redactor(entry="hunter22!")
    once = cleaner.configuration(text, "m")
    assert cleaner.configuration(once, "m") == once
    assert find_leaks(io.BytesIO(once.encode("utf-8", "surrogateescape")), "m", {"entry": "hunter22!"}) == ()
