"""Behind a real nginx, under a path prefix, by TLS: who asks, links, limits, and a restart that nobody notices."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from certmark.server.store.migrating import migrate
from support.nginx import Proxy
from support.operated_server import ServerProcess, certmark_server, serving
from support.postgres import Postgres
from support.waiting import wait_until

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
LARGEST = 64 << 10


class Behind(NamedTuple):
    """A server, and the proxy before it."""

    proxy: Proxy
    server: ServerProcess
    token: str

    def ask(self, method: str, path: str, *, prefix: str = "/cloud", **more: object) -> requests.Response:
        url = f"https://localhost:{self.proxy.port}{prefix}{path}"
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}  # type: ignore[dict-item]  # a mapping
        return requests.request(method, url, verify=self.proxy.trusted, timeout=60, headers=headers, **more)  # type: ignore[arg-type]  # handed on


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp("behind")
    proxy = Proxy(folder)
    token = certmark_server("token", "new", "ada", data=str(folder / "data")).stdout.strip()
    settings = {"trusted_proxies": "127.0.0.1", "largest_upload": str(LARGEST), "slowest_upload": "1"}
    with serving(folder, public_url=proxy.url, **settings) as server, proxy.before([server.port]):
        yield Behind(proxy, server, token)


def test_links_begin_with_the_public_address_and_lead_there(behind: Behind) -> None:
    for prefix in ("/cloud", "/buffered"):
        sent = behind.ask("POST", "/api/v2/runs?name=r.xml", prefix=prefix, data=RESULTS, headers={"Host": "evil"})
        assert sent.status_code == 201
        assert sent.headers["Location"] == f"{behind.proxy.url}/api/v2/runs/{sent.json()['id']}"
        followed = behind.ask("GET", sent.headers["Location"].removeprefix(behind.proxy.url))
        assert followed.json()["id"] == sent.json()["id"]
    document = behind.ask("GET", "/api/v2/openapi.json", headers={"Host": "evil"})
    assert document.json()["servers"] == [{"url": behind.proxy.url}]


def test_who_asks_is_whom_the_proxy_saw_and_not_whom_they_say(behind: Behind) -> None:
    context = ssl.create_default_context(cafile=str(behind.proxy.trusted))
    connection = http.client.HTTPSConnection(
        "localhost", behind.proxy.port, timeout=60, context=context, source_address=("127.0.0.2", 0)
    )
    connection.request("GET", "/cloud/api/v2/guidelines", headers={"X-Forwarded-For": "192.0.2.1"})
    answer = connection.getresponse()
    answer.read()
    identity = answer.headers["X-Request-Id"]
    connection.close()

    def of_it() -> list[Any]:
        return [line for line in behind.server.lines() if line.get("request") == identity]

    wait_until(lambda: len(of_it()) == 1)
    (line,) = of_it()
    assert len(identity) == 32  # nginx' own
    assert (line["client"], line["path"]) == ("127.0.0.2", "/api/v2/guidelines")


def test_headers_are_there_once_and_private_answers_are_kept_nowhere(behind: Behind) -> None:
    answer = behind.ask("GET", "/api/v2/runs?of=mine")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    stranger = behind.ask(
        "GET", "/api/v2/runs?of=mine", headers={"Authorization": "", "If-None-Match": answer.headers.get("ETag", "*")}
    )
    assert stranger.status_code == 401


@pytest.mark.parametrize("prefix", ["/cloud", "/buffered"])
def test_what_is_too_large_is_refused_by_the_server_in_its_own_words(behind: Behind, prefix: str) -> None:
    refused = behind.ask("POST", "/api/v2/runs?name=r.xml", prefix=prefix, data=b"x" * (LARGEST + 1))
    assert refused.status_code == 413
    assert f"a body may have {LARGEST:,} bytes here" in refused.json()["detail"]


def test_a_body_that_stands_still_is_ended_by_the_server(behind: Behind) -> None:
    context = ssl.create_default_context(cafile=str(behind.proxy.trusted))
    connection = http.client.HTTPSConnection("localhost", behind.proxy.port, timeout=60, context=context)
    connection.putrequest("POST", "/cloud/api/v2/runs?name=r.xml")
    connection.putheader("Authorization", f"Bearer {behind.token}")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"<testsuite>")
    answer = connection.getresponse()
    assert answer.status == 408
    assert "nothing came for 1 seconds" in json.loads(answer.read())["detail"]
    connection.close()


@pytest.mark.thorough
def test_a_restart_of_one_server_after_the_other_under_load_is_noticed_by_nobody(
    postgres: Postgres, tmp_path: Path
) -> None:
    """Two servers on one database; reads never fail, what was sent is kept once."""
    name = f"behind_{os.getpid()}"
    postgres.run(f"create database {name}")
    url = postgres.url(name)
    migrate(url)
    proxy = Proxy(tmp_path)
    settings = {
        "public_url": proxy.url,
        "trusted_proxies": "127.0.0.1",
        "database_url": url,
        "data": str(tmp_path / "d"),
    }
    settings |= {"uploads_per_minute": "100000", "requests_per_minute": "100000"}
    token = certmark_server("token", "new", "ada", **settings).stdout.strip()
    assert token
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {token}"
    session.verify = str(proxy.trusted)
    ended, sent, statuses = threading.Event(), {}, []

    def load(number: int) -> None:
        count = 0
        while not ended.is_set():
            statuses.append(session.get(f"{proxy.url}/api/v2/runs?limit=1", timeout=60).status_code)
            key, count = f"{number}-{count}", count + 1
            for _ in range(3):  # as the client does: the same key is the same run
                answer = session.post(
                    f"{proxy.url}/api/v2/runs?name={key}", data=RESULTS, headers={"Idempotency-Key": key}, timeout=60
                )
                if answer.status_code == 201:
                    sent[key] = answer.json()["id"]
                    break

    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(tmp_path, **settings)) for _ in range(2))
        stack.enter_context(proxy.before([first.port, second.port]))
        with ThreadPoolExecutor(3) as pool:
            loads = [pool.submit(load, number) for number in range(3)]
            try:
                for server in (first, second):
                    assert server.end() == 0
                    assert server.process.stdout is not None
                    server.process.stdout.close()
                    again = ServerProcess(tmp_path, **{**settings, "listen": f"127.0.0.1:{server.port}"})
                    server.process, server.log = again.process, again.log
                    assert again.said
            finally:
                ended.set()
            for one in loads:
                one.result()
            listed: list[str] = []
            before: str | None = ""
            while before is not None:
                page = session.get(
                    f"{proxy.url}/api/v2/runs?limit=200{before and f'&cursor={before}'}", timeout=60
                ).json()
                listed += [run["name"] for run in page["runs"]]
                before = page["next"]
    assert set(statuses) == {200}
    assert sorted(listed) == sorted(sent)
    postgres.run(f"drop database {name} with (force)")
