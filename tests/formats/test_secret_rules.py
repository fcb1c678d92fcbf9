"""What is a secret, what only speaks of one, and that looking for either takes time in proportion to the text."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.formats.secrets import needles
from certmark.formats.secrets.hiding import remember, scrub
from certmark.formats.secrets.kinds import Owner
from certmark.formats.secrets.known import KnownSecrets, is_weak, written_forms
from certmark.formats.secrets.names import is_secret_name
from certmark.formats.secrets.search import RULES, find_secrets
from support.planted_kinds import PLANTED

HARMLESS = [
    '{"password": "must be at least 8 characters long"}',
    "'password': 'expected a string, got int'",
    '"pass": "12 of 14 tests passed"',
    '"pass": "12"',
    '"userdata": "404 Not Found"',
    '"secret": "http://barbican.example/v1/secrets/4f1c2b8a"',
    "X-Auth-Token: token-has-expired-at-2026-11-21T20:00:00Z",
    "http://host:29418@",
    "http://host:29418/changes/joe@example.org",
    "http://glance:ServiceNotAvailable@10.0.0.1/",
    "Cookie: session=the-session-has-expired-long-ago",
    "Invalid input for field/attribute adminPass. Value: 1. 1 is not of type 'string'",
    "'password': None, 'secret': '<omitted>', \"token\": \"expired\"",
    "    password = data_utils.rand_password()",
    "        self.client.create(password=password, token=self.token, secret=creds.secret)",
    "usage: tool [--os-password <password>] [--os-token OS_TOKEN]",
    "use --password to set one, or --token is required",
    "the password: it must have 8 characters",
    "PWD=/root/tempest OLDPWD=/root",
    "password_expires_at: 2026-11-21T20:00:00, password_hash_algorithm=bcrypt",
    "next_token=abc12345 pass: 12, fail: 3",
    "'vary': 'X-Auth-Token', 'x-openstack-request-id': 'req-4f1c2b8a'",
    "keystone: running, key: value, keypair: demo",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_speaks_of_secrets_stays(text: str) -> None:
    assert list(find_secrets(text.encode())) == []
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("extra_pw", True), ("vnc_pw", True), ("pwd", True), ("ssh_key", True), ("hmac", True), ("bearer", True),
        ("pin", True), ("passcode", True), ("totp", True), ("app_cred", True), ("clientSecret", True),
        ("client-key-data", True), ("password2", True), ("password_of_bob", True), ("rabbit_userpass", True),
        ("X-Auth-Token", True), ("AWS_SECRET_ACCESS_KEY", True), ("userData", True), ("dbpassword", True),
        ("bypass", False), ("compass", False), ("key", False), ("spin", False), ("ssh_key_type", False),
        ("next_token", False), ("secret_ref", False), ("password_length", False), ("keystone", False), ("", False),
    ],
)  # fmt: skip
def test_names(name: str, *, secret: bool) -> None:
    assert is_secret_name(name) is secret


def test_every_needle_has_one_of_those_by_which_a_text_is_passed_over() -> None:
    armours = ("-----begin ", "---- begin ", "-----end ", "---- end ")
    for rule in RULES:
        for needle in rule.needles:
            if needle.decode() in armours:
                assert rule.needs == b"private key"  # `key` is one of them
            elif needle != b"://":
                assert any(one in needle.lower() for one in needles.ALL), needle
    assert {b"@", b"key"} <= set(needles.ALL)


@given(st.text(min_size=6, max_size=20), st.binary(max_size=8), st.binary(max_size=8))
def test_a_known_value_is_found_in_every_form_whatever_stands_around_it(
    value: str, before: bytes, after: bytes
) -> None:
    known = KnownSecrets({"it": value})
    if is_weak(value):
        return
    for form in (*written_forms(value), value.encode("utf-8", "surrogateescape").hex().upper().encode()):
        text = b" ".join((before, form, after))
        assert any(one.kind.name == "the value of it" for one in known.find(text)), form


@pytest.mark.parametrize("value", ["hx7!q", "marmelade"])
def test_a_short_value_and_a_word_count_by_themselves_only(value: str) -> None:
    known = KnownSecrets({"it": value})
    assert len(list(known.find(f"said '{value}' and x{value}, {value}y".encode()))) == 1


def test_a_word_of_the_guideline_is_not_looked_for() -> None:
    known = KnownSecrets({"one": "marmelade", "two": "volumes-v3", "three": "q7z"}, b"test_volumes-v3_marmelade")
    assert list(known.find(b"volumes-v3 marmelade q7z")) == []
    assert known.unsearchable == ("one", "two", "three")


def test_what_a_process_was_told_is_hidden_in_whatever_it_reads() -> None:
    remember({"it": "R4bb1tPw-77"})
    assert scrub("it said R4bb1tPw-77 and 523462623174") == "it said <hidden> and 523462623174"
    assert scrub("nothing of it") == "nothing of it"


@pytest.mark.parametrize("name", [name for name, one in PLANTED.items() if one.is_found and not one.is_operators])
def test_no_rule_reads_on_into_the_next_text(name: str) -> None:
    """Texts stand apart by a newline and a zero when they are looked through."""
    text = PLANTED[name].text
    for cut in range(0, len(text), 3):
        for one in find_secrets(text[:cut] + b"\n\0\n" + text[cut:]):
            assert b"\0" not in one.value


@pytest.mark.parametrize(
    "name",
    [name for name, one in PLANTED.items() if {found.kind.owner for found in find_secrets(one.text)} == {Owner.TEST}],
)
def test_what_is_read_of_a_masked_text_is_what_was_read_of_the_raw_one(name: str) -> None:
    raw = PLANTED[name].text
    masked = bytearray(raw)
    for one in find_secrets(raw):
        masked[one.start : one.end] = b"*" * (one.end - one.start)
    assert list(find_secrets(bytes(masked))) == []
    assert scrub(bytes(masked).decode()) == scrub(raw.decode())
    assert scrub(scrub(raw.decode())) == scrub(raw.decode())


BUSY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from certmark.formats.secrets.search import find_secrets
for line in sys.stdin.buffer.read().split(b"\\xff"):
    sum(1 for _ in find_secrets(line * (100_000 // len(line))))
"""


def test_texts_made_to_keep_the_rules_busy_end_soon() -> None:
    made = [
        *(rule.needles[0] + b"': '" for rule in RULES), b"pw=", b"pwd = ", b"token=", b"key: ", b"pin': \"",
        b"@", b"://", b"://a:b@", b"://a:b", b"pass': \\\"", b"\\", b"--token ", b"<adminPass ", b"<adminPass>",
        b"-----BEGIN RSA PRIVATE KEY-----", b"-----END RSA PRIVATE KEY-----", b"-----BEGIN PRIVATE KEY-----\nAAAA",
        b"user: a, password", b"curl -u ", b"LS0tLS1CRUdJTi", b"eyJaaaaaaaaaaaa.", b"gAAAAA", b"cookie: a=b;", b"password:\t",
    ]  # fmt: skip
    subprocess.run([sys.executable, "-c", BUSY], input=b"\xff".join(made), check=True)
