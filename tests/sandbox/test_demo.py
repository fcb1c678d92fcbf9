"""A demonstration leaves everything as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.app.run import demo
from certmark.app.run.demo import DemoRequest, demonstrate
from certmark.app.run.finish import RunListeners
from certmark.domain.errors import CannotProceed
from certmark.domain.remarks import Remark


@pytest.mark.parametrize("was_up", [True, False])
@pytest.mark.parametrize("fails", ["up", "run_cloud"])
def test_a_sandbox_of_ones_own_stays_up_whatever_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, *, was_up: bool
) -> None:
    ended = []

    def fail(*_: object) -> None:
        raise CannotProceed("it does not go")

    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "")
    monkeypatch.setattr(demo, "is_running", lambda _folder: was_up)
    monkeypatch.setattr(demo, "up", lambda *_: None)
    monkeypatch.setattr(demo, fails, fail)
    monkeypatch.setattr(demo, "down", lambda folder, **_: ended.append(folder))
    said: list[Remark] = []
    with pytest.raises(CannotProceed):
        demonstrate(DemoRequest(folder=str(tmp_path)), lambda _: None, RunListeners(remark=said.append))
    assert ended == ([] if was_up else [tmp_path])
    assert any("the cloud stays up" in remark.text for remark in said) is was_up
