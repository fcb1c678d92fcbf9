"""What tests of clouds may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.cloud.discovery.discover import Discovered, discover
from certmark.cloud.session import connect
from support.fake_cloud import FakeCloud, serving


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    """A cloud on loopback; the test must allow 127.0.0.1."""
    with serving() as found:
        yield found


@pytest.fixture
def look(cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Discovered]:
    """Signs in to the cloud and discovers it; keywords are keys of its entry in clouds.yaml."""

    def looked(*services: str, **entry: Any) -> Discovered:
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path, **entry)))
        with connect("fake") as connection:
            return discover(connection, services)

    return looked
