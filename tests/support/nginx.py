"""A real nginx before servers of ours: TLS, a path prefix, forwarded addresses, as the how-to for operators says."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from support.loopback import free_port
from support.mail_server import context_for_loopback
from support.waiting import wait_until

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_FORWARDED = """
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Request-Id $request_id;
            client_max_body_size 2g;
"""
_CONFIGURATION = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/unused1;
    uwsgi_temp_path {folder}/unused2;
    scgi_temp_path {folder}/unused3;
{own}
}}
"""
_OWN = """
    upstream certmark {{ {servers} }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/ca.pem;
        ssl_certificate_key {folder}/key.pem;
        location /cloud/ {{
            proxy_pass http://certmark;
            proxy_request_buffering off;{forwarded}
        }}
        location /buffered/ {{
            proxy_pass http://certmark/;{forwarded}
        }}
    }}
"""


class Proxy:
    """Where it answers: `/cloud` stays in the path and bodies go through as they come, `/buffered` does neither."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.trusted = folder / "ca.pem"
        self.url = f"https://localhost:{self.port}/cloud"
        context_for_loopback(folder)

    @contextmanager
    def before(self, ports: Sequence[int]) -> Iterator[None]:
        """It passes on what it is asked to servers at these ports, for as long as the context lasts."""
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in ports)
        own = _OWN.format(folder=self.folder, servers=servers, port=self.port, forwarded=_FORWARDED)
        with self.running(own):
            yield

    @contextmanager
    def running(self, own: str) -> Iterator[None]:
        """With these servers of its own, which listen at `port`, for as long as the context lasts."""
        if PROGRAM is None:
            pytest.skip("nginx is not installed (Debian: nginx-light)")
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = _CONFIGURATION.format(user=user, folder=self.folder, own=own)
        (self.folder / "nginx.conf").write_text(configuration)
        process = subprocess.Popen(
            [PROGRAM, "-p", self.folder, "-c", self.folder / "nginx.conf"], stderr=subprocess.DEVNULL
        )
        try:
            wait_until(lambda: process.poll() is not None or self._answers())
            assert process.poll() is None, (self.folder / "nginx.log").read_text()
            yield
        finally:
            process.terminate()
            process.wait(60)

    def _answers(self) -> bool:
        try:
            requests.get(f"https://localhost:{self.port}/", verify=str(self.trusted), timeout=60)
        except requests.ConnectionError:
            return False
        return True
