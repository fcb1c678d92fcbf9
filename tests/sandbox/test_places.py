from __future__ import annotations

from pathlib import Path

import pytest

from certmark.places import cache_home, state_home

CASES = {
    "nothing is set": ({}, "/home/somebody/.local/state/certmark", "/home/somebody/.cache/certmark"),
    "XDG is set": ({"XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c"}, "/s/certmark", "/c/certmark"),
    "XDG is relative and so ignored": (
        {"XDG_STATE_HOME": "s", "XDG_CACHE_HOME": ""},
        "/home/somebody/.local/state/certmark",
        "/home/somebody/.cache/certmark",
    ),
    "our own wins": ({"CERTMARK_HOME": "/h", "CERTMARK_CACHE": "/k", "XDG_STATE_HOME": "/s"}, "/h", "/k"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_places_follow_the_environment(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, state, cache = CASES[case]
    for name in ("CERTMARK_HOME", "CERTMARK_CACHE", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert (state_home(), cache_home()) == (Path(state), Path(cache))
