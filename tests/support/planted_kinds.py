"""Kinds of secrets that were planted in attachments, and what is to become of each: a name, a text, the secret in it.

`{}` in a text is where the secret stands.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from support.planted import FERNET, SECRETS

ODD = "Zj7/kQ4&p'Xö\"+ w2"
"""A password of the operator's with everything in it that is written otherwise somewhere."""
PLAIN = "R4bb1tPw-77"
"""One that stands in a URL of the configuration."""
SHORT, SHORTER, WORD, COMMON = "hx7!q", "q7z", "marmelade", "openstack"
OPTIONS = (
    f"[identity]\nadmin_secret_password = {ODD}\n"
    f"[database]\nconnection = mysql+pymysql://nova:{PLAIN}@10.0.0.1/nova\n"
    f"[a]\nextra_pw = {SHORT}\nvnc_pw = {SHORTER}\nuser_password = {WORD}\nother_password = {COMMON}\n"
)
"""Lines of tempest.conf that hold them."""
CYRILLIC = "Жщюй-sekret1"
KEY_BODY = "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7" + f"{line:02}" for line in range(12))
_PEM = f"-----BEGIN PRIVATE KEY-----\n{KEY_BODY}\n-----END PRIVATE KEY-----\n"
_LETTERS = "lQOYBGVxR2ABCADKq0W1b7n2v8yTzM4pQeUoHsLdFgJcXaRiNkBmVt5wP3uY6h9E"


class Planted(NamedTuple):
    """A kind of secret, planted."""

    text: bytes
    secret: bytes
    """What must not be seen."""
    is_operators: bool = False
    """Whether the run was given it."""
    is_found: bool = True
    """False: it cannot be; docs/reference/redaction.md says why."""


def _of(text: str, secret: str, **more: bool) -> Planted:
    return Planted(text.replace("{}", secret).encode(), secret.encode(), **more)


def _behind(text: str, secret: str) -> Planted:
    """A key in base64; that it is one may be seen."""
    return Planted(text.replace("{}", secret).encode(), secret[60:].encode())


def _known(written: str | bytes, before: str = "it said ", after: str = " there") -> Planted:
    content = written if isinstance(written, bytes) else written.encode()
    return Planted(before.encode() + content + after.encode(), content, is_operators=True)


def _within(text: str, secret: str, *, before: int) -> Planted:
    """In base64, behind `before` bytes of something else; what depends on those is left out of what is looked for."""
    whole = base64.b64encode(b"u" * before + secret.encode() + b"tail").decode()
    core = base64.b64encode(bytes(before) + secret.encode() + b"tail")[-(-8 * before // 6) :][:10]
    return Planted(text.format(whole).encode(), core, is_operators=True)


_TEXT = ODD.encode()
_PACKED = f"log line {PLAIN} log line".encode()
OF_THE_OPERATOR: Mapping[str, Planted] = {
    "a known password as it is": _known(ODD),
    "in JSON": _known(json.dumps(ODD)[1:-1]),
    "in JSON that keeps letters": _known(json.dumps(ODD, ensure_ascii=False)[1:-1]),
    "in JSON within JSON": _known(json.dumps(json.dumps(ODD))[1:-1]),
    "in a URL": _known(quote(ODD, safe="")),
    "in a URL, small percent": _known(quote(ODD, safe="").replace("%2F", "%2f").replace("%C3%B6", "%c3%b6").replace("%2B", "%2b")),
    "in a form": _known(quote_plus(ODD)),
    "in HTML": _known(escape(ODD)),
    "in HTML with numbers": _known(escape(ODD).encode("ascii", "xmlcharrefreplace")),
    "in XML": _known(escape(ODD, quote=False).replace('"', "&quot;").replace("'", "&apos;")),
    "as Python prints a text": _known(repr(ODD)[1:-1]),
    "as Python prints bytes": _known(repr(ODD.encode())[2:-1]),
    "as Python prints it in ASCII": _known(ascii(ODD)[1:-1]),
    "each byte by its number": _known("".join(f"\\x{byte:02x}" for byte in _TEXT)),
    "in hexadecimal digits": _known(_TEXT.hex()),
    "in hexadecimal capitals": _known(_TEXT.hex().upper()),
    "in UTF-16, little end first": _known(PLAIN.encode("utf-16-le")),
    "in UTF-16, big end first": _known(PLAIN.encode("utf-16-be")),
    "in base64": _within("it said {}", PLAIN, before=0),
    "in base64 behind one byte": _within("it said {}", PLAIN, before=1),
    "in base64 behind two bytes": _within("it said {}", PLAIN, before=2),
    "in Basic behind a user": Planted(
        b"got Basic " + base64.b64encode(f"admin:{PLAIN}".encode()), base64.b64encode(f"admin:{PLAIN}".encode())[8:-4], is_operators=True
    ),
    "in base64 for URLs": Planted(
        b"it said " + base64.urlsafe_b64encode(_TEXT), base64.urlsafe_b64encode(_TEXT)[:16], is_operators=True
    ),
    "in capitals": _known(PLAIN.upper()),
    "in small letters": _known(PLAIN.lower()),
    "packed by gzip": Planted(gzip.compress(_PACKED, mtime=0), gzip.compress(_PACKED, mtime=0), is_operators=True),
    "packed by zlib": Planted(zlib.compress(_PACKED), zlib.compress(_PACKED), is_operators=True),
    "packed by deflate": Planted(zlib.compress(_PACKED)[2:-4], zlib.compress(_PACKED)[2:-4], is_operators=True),
    "packed twice": Planted(
        gzip.compress(gzip.compress(_PACKED, mtime=0), mtime=0), gzip.compress(gzip.compress(_PACKED, mtime=0), mtime=0), is_operators=True
    ),
    "alone, of a URL in the configuration": _known(PLAIN),
    "of five characters": _known(SHORT),
    "a word": _known(WORD),
    "of three characters, named": Planted(f'"vnc_pw": "{SHORTER}"'.encode(), f'"{SHORTER}"'.encode(), is_operators=True),
    "an ordinary word, named": Planted(f"password={COMMON}".encode(), f"={COMMON}".encode(), is_operators=True),
    "of the environment": _known("from-the-shell-77"),
    "of accounts.yaml": _known("4ccount-Pw"),
    "of clouds.yaml": _known("cl0uds-Pw-9"),
}  # fmt: skip

OTHERS: Mapping[str, Planted] = {
    **{name: Planted(text.replace("@", secret, 1).encode(), secret.encode()) for name, (text, secret) in SECRETS.items()},
    "a token in the body of a request for one": _of(
        '{"auth": {"identity": {"methods": ["token"], "token": {"id": "{}"}}}}', "4f1c2b8a9d3e4c5f8a7b6c5d4e3f2a1b"
    ),
    "a token in an answer": _of('"token": "{}"', "4f1c2b8a9d3e4c5f8a7b6c5d4e3f2a1b"),
    "a fernet token in a URL": _of("/tokens/{}?x", FERNET),
    "an option of tempest.conf": _of("extra_pw = {}\n", "Gc3KNjcM3chi"),
    "vnc_pw": _of("'vnc_pw': '{}'", "Gc3KNjcM3chi"),
    "pwd": _of('"pwd": "{}"', "Gc3KNjcM3chi"),
    "ssh_key": _of("ssh_key = {}\n", "AAAAB3NzaC1yc2EAAAADAQABAAABgQC7"),
    "hmac": _of('"hmac": "{}"', "9a0b1c2d3e4f5061"),
    "bearer": _of("bearer: {}\n", "9a0b1c2d3e4f5061"),
    "pin": _of('"pin": "{}"', "4711"),
    "passcode": _of("passcode: {}\n", "471147"),
    "totp": _of('"totp": "{}"', "471147"),
    "a one-time password in a request": _of('"totp": {"user": {"id": "u", "passcode": "{}"}}', "471147"),
    "app_cred": _of('"app_cred": "{}"', "rEaSwoRtH-1"),
    "api_key": _of("api_key={}", "rEaSwoRtH-1"),
    "API key in words": _of("API key: {}\n", "rEaSwoRtH-1"),
    "a variable of the shell": _of("OS_PASSWORD={}\n", "Gc3KNjcM3chi"),
    "an exported variable": _of("export OS_PASSWORD='{}'\n", "Gc3KNjcM3chi"),
    "a line of an INI file": _of("password = {}\n", "Gc3 KNj,cM3&chi"),
    "a line of YAML": _of("    password: {}\n", "Gc3KNjcM3chi"),
    "an option of a command": _of("openstack --os-password {} server list", "Gc3KNjcM3chi"),
    "an option in a list": _of("['openstack', '--os-password', '{}', 'server']", "Gc3KNjcM3chi"),
    "an option with a sign": _of("openstack --os-password={} server", "Gc3KNjcM3chi"),
    "AWS_SECRET_ACCESS_KEY": _of("AWS_SECRET_ACCESS_KEY={}\n", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    "aws_secret_access_key": _of("aws_secret_access_key = {}\n", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    "a password with Cyrillic letters": _of('"adminPass": "{}"', CYRILLIC),
    "with an escaped quote": _of('"adminPass": "{}", "id": 1', 'ab\\"cd12'),
    "with an escaped quote within JSON": _of('{\\"adminPass\\": \\"{}\\", \\"id\\": 1}', 'ab\\\\\\"cd12'),
    "a short one": _of('"adminPass": "{}"', "x9"),
    "an element of XML": _of('<server adminPass="x"><adminPass>{}</adminPass></server>', "Gc3KNjcM3chi"),
    "an attribute of XML": _of("<server adminPass='{}'/>", "Gc3KNjcM3chi"),
    "an escaped element of XML": _of("&lt;adminPass&gt;{}&lt;/adminPass&gt;", "Gc3KNjcM3chi"),
    "JSON in XML": _of("{&quot;adminPass&quot;: &quot;{}&quot;}", "Gc3KNjcM3chi"),
    "typographic quotes": _of("“password”: “{}”", "Gc3KNjcM3chi"),
    "the second cookie": _of("Cookie: theme=dark; session={}", "MTY5ODc2NTQzMnxEdi1CQkFFQ180SUFBUkFCRUFBQV"),
    "a cookie of a jar": _of("[<Cookie session={} for a.b/>]", "MTY5ODc2NTQzMnxEdi1CQkFFQ180SUFBUkFCRUFBQV"),
    "Basic that does not look like chance": _of("Authorization: Basic {}\n", "YWE6YWFhYQ=="),
    "a short token in a header": _of("X-Auth-Token: {}\n", "abcd1"),
    "a password in a URL with a slash": _of("mysql://nova:{}@127.0.0.1/nova", "hun/ter22"),
    "a password in a URL with Cyrillic letters": _of("amqp://nova:{}@127.0.0.1:5672/", CYRILLIC),
    "a password in a URL without a user": _of("redis://:{}@127.0.0.1:6379/0", "hunter22"),
    "the second host of a transport URL": _of("rabbit://a:one1one@h:5672,b:{}@i:5672/", "two2two"),
    "a token as the user of a URL": _of("https://{}@git.example/x", "8f14e45fceea167a5a36dedd4bea2543"),
    "a key of temporary URLs in a raw header": _of("X-Account-Meta-Temp-URL-Key: {}\r\n", "mykeyofchance1"),
    "a short signature of a temporary URL": _of("GET /o?temp_url_sig={}&x=1", "da39a3ee"),
    "a payload of barbican": _of('{"payload": "{}", "payload_content_type": "text/plain"}', "s3cr3t-stuff"),
    "GitHub": _of("with {} in it", "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"),
    "GitHub, fine-grained": _of("with {} in it", "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789"),
    "GitLab": _of("with {} in it", "glpat-aB3dE5fG7hI9jK1lM3nO"),
    "Slack": _of("with {} in it", "xoxb-123456789012-aB3dE5fG7hI9jK1lM3nO5pQ7"),
    "a hook of Slack": _of("https://hooks.slack.com/services/{}", "T00000000/B00000000/aB3dE5fG7hI9jK1lM3nO5pQ7"),
    "sshpass": _of("sshpass -p {} ssh root@10.0.0.7", "Gc3KNjcM3chi"),
    "curl": _of("curl -s -u admin:{} http://10.0.0.7/", "Gc3KNjcM3chi"),
    "PKCS#8": _of("key:\n-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", KEY_BODY),
    "PKCS#8 in base64": _behind("data: {} end", base64.b64encode(_PEM.encode()).decode()),
    "PKCS#8 without its armour": Planted(b"data: MIIEv" + b"gIBADANBgkqhkiG9w0BAQEFAASCBKgwggSk\n", b"KgwggSk"),
    "PGP": _of("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{}\n-----END PGP PRIVATE KEY BLOCK-----", _LETTERS),
    "SSH2": _of("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----", _LETTERS),
    "PuTTY": _of("PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\n{}\nPrivate-MAC: 00\n", _LETTERS),
    "a key whose beginning was cut off": _of("{}\n-----END RSA PRIVATE KEY-----\n", _LETTERS),
    "client-key-data": _behind("    client-key-data: {}\n", base64.b64encode(_PEM.encode()).decode()),
    "a password of a database in Python": _of("connect(user='a', passwd='{}')", "Gc3KNjcM3chi"),
    "a word at a line's end": _of("the log\nadmin_password: {}\n", "gocubsgo"),
    # What is not found.
    "a password alone, which nobody told": _of("it said {} there", "Gc3KNjcM3chi", is_found=False),
    "a password under a name that tells nothing": _of('"x1": "{}"', "Gc3KNjcM3chi", is_found=False),
    "a password that is a sentence": _of('"password": "{}"', "this must be secret", is_found=False),
    "a known password of three characters, alone": _of("it said {} there", SHORTER, is_found=False, is_operators=True),
    "a known password that is an ordinary word, alone": _of("it said {} there", COMMON, is_found=False, is_operators=True),
    "a password that is encrypted": Planted(b"U2FsdGVkX1+8b5Vp", b"U2FsdGVkX1+8b5Vp", is_found=False),
    "a password in a picture": Planted(b"\x89PNG\r\n\x1a\n" + b"pixels", b"pixels", is_found=False),
}  # fmt: skip
PLANTED: Mapping[str, Planted] = {**OF_THE_OPERATOR, **OTHERS}
