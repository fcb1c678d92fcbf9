"""Readiness is what the server itself saw a moment ago: whoever asks costs nothing, and a look that hangs is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.server.observing import readiness
from certmark.server.observing.metrics import Metrics
from certmark.server.observing.readiness import Readiness
from certmark.server.services import sources
from certmark.server.services.context import Services

pytestmark = pytest.mark.enable_socket


def test_whoever_asks_gets_what_was_seen_last(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def look(_: Services) -> dict[str, str]:
        looks.append(1)
        return {"evidence": "away"}

    monkeypatch.setattr(readiness, "looked_at", look)
    with Readiness(services, Metrics(), every=3600) as found:
        assert [found.problems for _ in range(50)] == [{"evidence": "away"}] * 50
    assert len(looks) == 1


def test_a_look_that_does_not_end_is_no_readiness(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    with Readiness(services, Metrics(), every=3600) as found:
        assert found.problems == {}
        monkeypatch.setattr(readiness, "_LONGEST", 0.0)
        assert list(found.problems) == ["looking"]


def test_what_the_operator_must_look_at_is_counted(services: Services, tmp_path: Path) -> None:
    sources.add(services, str(tmp_path / "nowhere"))
    metrics = Metrics()
    with Readiness(services, metrics, every=3600):
        counts = {
            what: metrics.registry.get_sample_value("certmark_troubles", {"what": what}) for what in ("sources", "jobs")
        }
    assert counts == {"sources": 1.0, "jobs": 0.0}
