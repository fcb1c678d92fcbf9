"""How long a cloud is waited for."""

from __future__ import annotations

import pytest

from certmark.cloud.timeouts import VARIABLE, answer_seconds, capped, scaled


@pytest.mark.parametrize(
    ("told", "answer", "whole", "cap"),
    [
        (None, 20.0, 45.0, 30.0),
        ("", 20.0, 45.0, 30.0),
        ("5", 5.0, 11.25, 5.0),
        ("60", 60.0, 135.0, 30.0),
        ("soon", 20.0, 45.0, 30.0),
        ("nan", 20.0, 45.0, 30.0),
        ("inf", 20.0, 45.0, 30.0),
        ("0", 20.0, 45.0, 30.0),
        ("-1", 20.0, 45.0, 30.0),
        ("1e9", 20.0, 45.0, 30.0),
    ],
)
def test_one_setting_moves_every_deadline(
    told: str | None, answer: float, whole: float, cap: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if told is not None:
        monkeypatch.setenv(VARIABLE, told)
    assert (answer_seconds(), scaled(45.0), capped(30.0)) == (answer, whole, cap)
