"""The request log of Tempest, and what is hidden in texts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from certmark.domain.results import Request
from certmark.formats.results.contents import MAX_REQUESTS
from certmark.formats.results.request_log import MAX_LOG, bare_url, read_requests
from certmark.formats.secrets.hiding import scrub
from support.planted import FERNET
from support.processes import unwatched

SSH = "Connection to the 10.0.0.7 via SSH timed out.\nUser: root, Password: "
LINE = (
    "2026-11-21 20:52:32,236 14895 INFO     [tempest.lib.common.rest_client] Request (ObjectTest:test_it): "
    "{status} {method} {url} 0.124s\n"
    "2026-11-21 20:52:32,236 14895 DEBUG    [tempest.lib.common.rest_client] Request - Headers: "
    "{{'X-Auth-Token': '<omitted>'}}\n        Body: None\n"
    "    Response - Headers: {{'content-type': 'text/html', {header}, 'connection': 'close', 'status': '{status}'}}\n"
    "        Body: b'<html>'\n"
)


def call(status: int, method: str = "GET", url: str = "http://h/v1", header: str = "'x': 'y'") -> str:
    return LINE.format(status=status, method=method, url=url, header=header)


@pytest.mark.parametrize(
    ("log", "requests"),
    [
        ("", ()),
        ("no log of requests\n", ()),
        (call(200) + call(204, "DELETE"), (Request("DELETE", "http://h/v1", 204, None),)),
        (
            call(404, header="'x-openstack-request-id': 'req-a', 'x-compute-request-id': 'req-a'") + call(200),
            (Request("GET", "http://h/v1", 404, "req-a"),),
        ),
        (call(409, header="'x-compute-request-id': 'req-b'"), (Request("GET", "http://h/v1", 409, "req-b"),)),
        (call(503, "PUT", header="'x-trans-id': 'tx0-1'"), (Request("PUT", "http://h/v1", 503, "tx0-1"),)),
        (
            call(500) + call(200, header="'x-trans-id': 'tx1'"),
            (Request("GET", "http://h/v1", 500, None),),
        ),
        (
            call(401, url="http://joe:secret@h:5000/v3?temp_url_sig=1#x"),
            (Request("GET", "http://<hidden>@h:5000/v3", 401, None),),
        ),
        (call(500)[:-200], (Request("GET", "http://h/v1", 500, None),)),
        ("] Request (", ()),
        ("] Request (C:t): 500 get http://h 1s", ()),
        ("a): 500 GET", ()),
    ],
)
def test_refused_calls_are_told_else_the_last_one(log: str, requests: tuple[Request, ...]) -> None:
    assert read_requests(log) == requests


def test_of_many_refused_calls_the_last_ones_are_told() -> None:
    log = "".join(call(500, url=f"http://h/{number}") for number in range(100))

    assert [request.url for request in read_requests(log)] == [
        f"http://h/{number}" for number in range(100 - MAX_REQUESTS, 100)
    ]


def test_only_the_end_of_a_long_log_is_looked_at() -> None:
    assert read_requests(call(500) + "x" * MAX_LOG + call(200)) == (Request("GET", "http://h/v1", 200, None),)


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("http://h/v1/a?b=c", "http://h/v1/a"),
        ("http://h/v1/a#b", "http://h/v1/a"),
        ("https://u:p@h/", "https://<hidden>@h/"),
        ("http://h/" + "x" * 9_000, "http://h/" + "x" * 491),
    ],
)
def test_urls_are_kept_without_what_may_be_secret(url: str, bare: str) -> None:
    assert bare_url(url) == bare


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("nothing to hide, not even the passing of a token gesture", None),
        ("the key: is under the mat", None),
        ("X-Auth-Token: gAAAAA x", "X-Auth-Token: <hidden> x"),
        ("{'X-Auth-Token': 'abc', 'a': 'b'}", "{'X-Auth-Token': '<hidden>', 'a': 'b'}"),
        ('-H "X-Subject-Token: abc" -d', '-H "X-Subject-Token: <hidden>" -d'),
        ("Authorization: Bearer abc.def\nnext", "Authorization: Bearer <hidden>\nnext"),
        ("'set-cookie': 'a=b; path=/'", None),
        ("'set-cookie': 'a=38afes7a8d2f4c5b9e1a7c3d; path=/'", "'set-cookie': 'a=<hidden>; path=/'"),
        ('{"password": "a\'b", "name": "n"}', '{"password": "<hidden>", "name": "n"}'),
        ("{'adminPass': 'abc'}", "{'adminPass': '<hidden>'}"),
        ('{\\"password\\": \\"abc\\"}', '{\\"password\\": \\"<hidden>\\"}'),
        ("connect(password=abc, user=joe)", "connect(password=<hidden>, user=joe)"),
        ("secret_key=abc", "secret_key=<hidden>"),
        ("?client_secret=abc&x=y", "?client_secret=<hidden>&x=y"),
        ("api_key='abc'", "api_key='<hidden>'"),
        ("mysql://nova:abc@127.0.0.1/nova", "mysql://nova:<hidden>@127.0.0.1/nova"),
        ("mail joe@example.org", None),
        ("see [x](http://example.org)&joe@example.org", None),
        ("ssh://joe:cubswin:)@10.0.0.1/", "ssh://joe:<hidden>@10.0.0.1/"),
        ("GET /o?temp_url_sig=abc&temp_url_expires=1", "GET /o?temp_url_sig=<hidden>&temp_url_expires=1"),
        ("?X-Amz-Signature=abc", "?X-Amz-Signature=<hidden>"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----<hidden>-----END RSA PRIVATE KEY-----",
        ),
        ("-----BEGIN PRIVATE KEY-----\nabc", "-----BEGIN PRIVATE KEY-----<hidden>"),
        (
            '"private_key": "-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----\\n", "name": "n"',
            '"private_key": "<hidden>", "name": "n"',
        ),
        ("e: abc=\n-----END RSA PRIVATE KEY-----\nnext", "e: <hidden>-----END RSA PRIVATE KEY-----\nnext"),
        (f"the {SSH}F7$v K,\"x'\nDetails: no", f"the {SSH}<hidden>'\nDetails: no"),
        (f"{SSH}gocubsgo", f"{SSH}<hidden>"),
        (f"{SSH}gocubsgo. Details: no", f"{SSH}<hidden>"),
        (f"{SSH}None", None),
        (f"{SSH}None\nDetails: no", None),
        (f"{SSH}None. Details: no", None),
        (f"{SSH}Nonesuch1", f"{SSH}<hidden>"),
        ("User: cirros, Password: gocubsgo", "User: cirros, Password: <hidden>"),
        ("{'e': 'User: cirros, Password: ab\\nnext'}", "{'e': 'User: cirros, Password: <hidden>\\nnext'}"),
        ("as 'root' with password gocubsgo\nx", "as 'root' with password <hidden>\nx"),
        ("as 'root' with password None\nx", None),
        ("Password: gocubsgo", "Password: <hidden>"),
        ("log in as root; password: cubswin:)", "log in as root; password: <hidden>)"),
        ("the admin's password: F7$vK!Hv25o is known", "the admin's password: <hidden> is known"),
        ("admin_password: hunter, user: joe", "admin_password: <hidden>, user: joe"),
        ('"adminPass": "X"', '"adminPass": "<hidden>"'),
        ("'password': 'X'", "'password': '<hidden>'"),
        ('\\\\"password\\\\": \\\\"abc\\\\"}', '\\\\"password\\\\": \\\\"<hidden>\\\\"}'),
        ("password=X", "password=<hidden>"),
        ("password=None", None),
        ("Password: None", None),
        ("password: ***", "password: <hidden>"),
        ("password is too short", None),
        ("the password: it must have 8 characters", None),
        ("Invalid input for field password: too short", None),
        ("no password: required", None),
        ("a token gAAAAA is short", None),
        (f"it was {FERNET}", "it was <hidden>"),
    ],
)
def test_secrets_are_hidden_and_nothing_else(text: str, scrubbed: str | None) -> None:
    assert scrub(text) == (text if scrubbed is None else scrubbed)
    assert scrub(scrub(text)) == scrub(text)


BUSY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from certmark.formats.results.request_log import read_requests
from certmark.formats.secrets.hiding import scrub
text = sys.stdin.read()
scrub(text)
read_requests(text * 4)
"""


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000 + "password",
        "password" * 8_000,
        "password=" * 7_000,
        "a-" * 30_000 + "token:",
        "://" * 20_000 + "@",
        "://a:" * 12_000 + "@ (",
        "'password': '" * 5_000,
        "-----BEGIN PRIVATE KEY-----" * 2_000,
        "x-token:" * 8_000,
        "?sig=" * 12_000,
        "User: " * 10_000 + ", password: ",
        "User: a, password: " * 3_000,
        "password: a" * 6_000,
        "password: " + "a" * 60_000,
        "[a-" * 20_000 + "pass:",
        "-----END PRIVATE KEY-----" * 2_000,
        "a" * 60_000 + "-----END PRIVATE KEY-----",
        "gAAAAA" * 10_000,
        "eyJ.eyJ." * 8_000,
        "eyJ" + "a" * 60_000,
        "):\x20500 GET" * 6_000 + "] Request (",
        "] Request (" * 6_000,
        "] Request (a): 500 GET h" * 2_500,
    ],
)
def test_texts_made_to_keep_the_patterns_busy_end_soon(text: str) -> None:
    done = subprocess.run([sys.executable, "-c", BUSY], input=text.encode(), check=False, env=unwatched())
    assert done.returncode == 0
