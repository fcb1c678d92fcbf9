"""OpenID providers on loopback: a certified one of another make, and one of our own that lies as it is told."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from joserfc import jwk, jwt

from support.loopback import free_port, running
from support.npm import CACHE, PATIENCE, modules
from support.waiting import wait_until

PARTS = Path(__file__).parent / "openid"
# Two tokens that are made in one second are two.
_COUNTED = itertools.count()


class CertifiedProvider:
    """npm's oidc-provider as a process."""

    def __init__(self, app: str, callback: str) -> None:
        folder, self.port = modules(PARTS), free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        # ECMAScript modules are looked for beside the file.
        program = shutil.copy(PARTS / "provider.mjs", folder / f"provider-{os.getpid()}.mjs")
        self._process = subprocess.Popen(
            ["node", program, str(self.port), app, callback],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        Path(program).unlink()
        assert line.startswith(b"ready"), line

    def rotate(self) -> None:
        """It signs with another key from now on, and shows that one only."""
        assert requests.post(f"{self.issuer}/_test/rotate", timeout=60).text == "rotated"

    def end(self) -> None:
        """As a machine goes away."""
        self._process.kill()
        self._process.wait(60)
        self._process.stdout.close()  # type: ignore[union-attr]  # it is a pipe


class LyingProvider:
    """Says of discovery, keys and tokens what a test wants it to."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self._first = self.new_key("k1")
        self.reset()

    def reset(self) -> None:
        """It tells the truth again."""
        self.keys = [self._first]
        self.shown: list[Any] | None = None
        """The keys that it shows; None: its own."""
        self.kid: str | None = "k1"
        self.algorithm = "RS256"
        self.document: dict[str, Any] = {}
        """Over what discovery says."""
        self.claims: dict[str, Any] = {}
        """Over what a token says; None takes one away."""
        self.token: str | None = None
        """The token itself, whatever it is."""
        self.status = 200
        self.delay = 0.0
        self.asked: list[str] = []
        self.nonce = ""
        self.userinfo: dict[str, Any] = {}
        self.body: bytes | None = None

    @staticmethod
    def new_key(kid: str) -> Any:
        """Of RSA."""
        return jwk.RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})

    def signed(self, **more: Any) -> str:
        """A token of its."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "certmark",
            "sub": "ada",
            "nonce": self.nonce,
            "jti": str(next(_COUNTED)),
            "iat": now,
            "exp": now + 600,
        }
        claims = {name: value for name, value in (claims | self.claims | more).items() if value is not None}
        header = {"alg": self.algorithm} | ({} if self.kid is None else {"kid": self.kid})
        return str(jwt.encode(header, claims, self.keys[0], algorithms=[self.algorithm]))

    def answer(self, path: str) -> Any:
        """What is there."""
        if path == "/.well-known/openid-configuration":
            places = {"jwks_uri": "keys", "token_endpoint": "token", "authorization_endpoint": "authorize"}
            found = {name: f"{self.issuer}/{place}" for name, place in places.items()}
            return {"issuer": self.issuer, "userinfo_endpoint": f"{self.issuer}/userinfo", **found, **self.document}
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in self.keys] if self.shown is None else self.shown}
        if path == "/userinfo":
            return self.userinfo
        token = self.signed() if self.token is None else self.token
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}


@contextmanager
def lying() -> Iterator[LyingProvider]:
    """For as long as a test lasts."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *words: Any) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            provider.asked.append(path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            stopped.wait(provider.delay)
            body = json.dumps(provider.answer(path)).encode() if provider.body is None else provider.body
            self.send_response(provider.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - as the standard library calls it

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = LyingProvider(server.server_address[1])
    with running(server, stopped):
        yield provider


class Browser:
    """Goes where it is sent, keeps cookies for each host and port, fills in forms of the provider."""

    def __init__(self) -> None:
        self._sessions: dict[str, requests.Session] = {}
        self.seen: list[requests.Response] = []

    def ask(self, method: str, url: str, **more: Any) -> requests.Response:
        """One request; redirects are not followed."""
        answer = self._of(url).request(method, url, allow_redirects=False, timeout=60, **more)
        self.seen.append(answer)
        return answer

    def get(self, url: str, **more: Any) -> requests.Response:
        """As `ask`."""
        return self.ask("GET", url, **more)

    def cookies(self, url: str) -> dict[str, str]:
        """What it would send there."""
        return {cookie.name: cookie.value or "" for cookie in self._of(url).cookies}

    def keep(self, url: str, cookies: dict[str, str]) -> None:
        """As if it had got them."""
        for name, value in cookies.items():
            self._of(url).cookies.set(name, value, domain=urlsplit(url).hostname, path="/")

    def sign_in(self, url: str, who: str, until: str) -> requests.Response:
        """From `url` through the pages of the certified provider, to the answer at an address that begins with `until`."""
        answer = self.get(url)
        for _ in range(20):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["Location"])
                answer = self.get(target)
                if target.startswith(until):
                    return answer
            else:
                answer = self._filled(answer, who)
        raise AssertionError(answer.text)

    def _filled(self, page: requests.Response, who: str) -> requests.Response:
        assert page.status_code == 200, page.text
        action = page.text.partition('action="')[2].partition('"')[0]
        prompt = page.text.partition('name="prompt" value="')[2].partition('"')[0]
        fields = {"prompt": prompt} | ({"login": who, "password": "x"} if prompt == "login" else {})
        return self.ask("POST", urljoin(page.url, action), data=fields)

    def _of(self, url: str) -> requests.Session:
        return self._sessions.setdefault(urlsplit(url).netloc, requests.Session())


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def form_token(page: str) -> str:
    """What the form of a page of ours bears."""
    found = re.search(r'name="form" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def second_make() -> Path:
    """The command of canaille, in an environment of its own that is made once on a machine."""
    wanted = PARTS / "canaille.txt"
    place = CACHE / f"canaille-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "canaille.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (place / "made").exists():
            shutil.rmtree(place, ignore_errors=True)
            for command in (
                [sys.executable, "-m", "venv", str(place)],
                [str(place / "bin" / "pip"), "install", "--quiet", "--no-deps", "-r", str(wanted)],
            ):
                done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
                if done.returncode != 0:
                    pytest.skip(f"canaille cannot be installed here: {done.stderr[-300:]}")
            (place / "made").touch()
    return place / "bin" / "canaille"


@contextmanager
def canaille(folder: Path, app: str, callback: str) -> Iterator[str]:
    """Its address; one person is there, ada, whose password is `a password`."""
    command, port = second_make(), free_port()
    key = jwk.RSAKey.generate_key(2048, {"kid": "c1"}).as_dict(private=True)
    inline = ", ".join(f'{name} = "{value}"' for name, value in key.items() if isinstance(value, str))
    (folder / "canaille.toml").write_text(
        f'SECRET_KEY = "a secret of a test"\nSERVER_NAME = "127.0.0.1:{port}"\nPREFERRED_URL_SCHEME = "http"\n'
        '[CANAILLE]\nDATABASE = "sql"\nHTMX = false\nJAVASCRIPT = false\nEMAIL_CONFIRMATION = false\n'
        f'[CANAILLE_SQL]\nDATABASE_URI = "sqlite:///{folder}/c.sqlite"\n'
        f"[CANAILLE_OIDC]\nACTIVE_JWKS = [{{{inline}}}]\n"
        f'[CANAILLE_HYPERCORN]\nBIND = "127.0.0.1:{port}"\n'
    )
    environment = {**os.environ, "CANAILLE_CONFIG": str(folder / "canaille.toml"), "AUTHLIB_INSECURE_TRANSPORT": "1"}

    def done(*words: str) -> None:
        subprocess.run([command, *words], env=environment, check=True, capture_output=True, timeout=120)

    done("install")
    names = ("--given-name", "Ada", "--family-name", "Byron", "--formatted-name", "Ada Byron")
    done("create", "user", "--user-name", "ada", "--password", "a password", "--emails", "ada@example.org", *names)
    scopes = [word for scope in ("openid", "profile", "email") for word in ("--scope", scope)]
    done(
        *("create", "client", "--client-id", "certmark", "--client-secret", "secret-of-the-client"),
        *("--client-name", "Certmark", "--client-uri", app, "--redirect-uris", callback),
        *("--post-logout-redirect-uris", f"{app}/signed-out", "--grant-types", "authorization_code"),
        *("--response-types", "code", *scopes, "--token-endpoint-auth-method", "client_secret_basic"),
    )
    done("set", "client", "certmark", "--audience", "certmark")
    with (folder / "canaille.log").open("wb") as log:
        process = subprocess.Popen([command, "run"], env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: process.poll() is not None or _answers(f"{address}/.well-known/openid-configuration"))
        assert process.poll() is None, (folder / "canaille.log").read_text()[-2000:]
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=60).status_code == 200
    except requests.RequestException:
        return False
