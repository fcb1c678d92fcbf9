"""The suite of a run: what is installed already is made ready at once, and nothing is installed in passing."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.app.inputs.suites import installed_already
from certmark.domain.remarks import Remark
from certmark.runner.suites import load_suite


@pytest.mark.parametrize("version", ["47.0.0", "no/such/place"])
def test_a_suite_that_is_not_here_is_not_installed_in_passing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path))
    told: list[Remark] = []
    assert installed_already(load_suite("tempest"), version, None, [], told.append) is None
    assert not told
    assert not [path for path in tmp_path.rglob("*") if path.is_file() or path.name.startswith(".making")]
