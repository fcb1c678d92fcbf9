"""A configuration is read as oslo.config reads it, and what is written is read by it as it was meant."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.formats.oslo_config import InvalidConfig, escaped, parse, quoted, values_of

NAMES = ("admin_username", "admin_password", "admin_project_name", "other")
READ: Mapping[str, tuple[str, dict[str, str]]] = {
    "a dollar sign": ("[auth]\nadmin_password = S3cret$$word\n", {"admin_password": "S3cret$word"}),
    "a dollar sign behind a backslash": ("[auth]\nadmin_password = S3cret\\$word\n", {"admin_password": "S3cret$word"}),
    "a backslash and a dollar sign": ("[auth]\nother = a\\\\$b\n", {"other": "a\\$b"}),
    "a lonely dollar sign": ("[auth]\nother = 5 $ and $5\n", {"other": "5 $ and $5"}),
    "single quotation marks": ("[auth]\nadmin_password = 'S3cret$$word'\n", {"admin_password": "S3cret$word"}),
    "double quotation marks": ('[auth]\nother = "  a b "\n', {"other": "  a b "}),
    "quotation marks that do not match": ("[auth]\nother = 'a\"\n", {"other": "'a\""}),
    "quotation marks within": ('[auth]\nother = a "b" c\n', {"other": 'a "b" c'}),
    "quotation marks twice": ("[auth]\nother = \"'a'\"\n", {"other": "'a'"}),
    "a reference in the section": (
        "[auth]\nadmin_project_name = $admin_username\nadmin_username = admin\n",
        {"admin_username": "admin", "admin_project_name": "admin"},
    ),
    "a reference in braces": ("[auth]\nother = ${admin_username}!\nadmin_username = a\n",
                              {"admin_username": "a", "other": "a!"}),
    "a reference to another section": (
        "[auth]\nother = ${identity.region}\n[identity]\nregion = RegionOne\n", {"other": "RegionOne"}
    ),
    "a reference to a reference": (
        "[auth]\nother = $admin_project_name\nadmin_project_name = $admin_username\nadmin_username = $$x\n",
        {"other": "$x", "admin_project_name": "$x", "admin_username": "$x"},
    ),
    "a reference to DEFAULT": ("[DEFAULT]\nstate_path = /var\n[auth]\nother = $state_path/x\n", {"other": "/var/x"}),
    "per cent": ("[auth]\nother = %(admin_username)s 100%\n", {"other": "%(admin_username)s 100%"}),
    "signs of comments": ("[auth]\nother = a # b ; c\n# other = d\n", {"other": "a # b ; c"}),
    "several lines": ("[auth]\nother = a,\n  b,\n\tc\nadmin_username = d\n",
                      {"other": "a,\nb,\nc", "admin_username": "d"}),
    "a colon": ("[auth]\nother : a = b\n", {"other": "a = b"}),
    "a colon behind the equals sign": ("[auth]\nother = http://x:5000\n", {"other": "http://x:5000"}),
    "the last one of a name": ("[auth]\nother = a\nother = b\n", {"other": "b"}),
    "a section again": ("[auth]\nother = a\n[identity]\nregion = R\n[auth]\nadmin_username = b\n",
                        {"other": "a", "admin_username": "b"}),
    "capitals of a section": ("[AUTH]\nother = a\n", {"other": "a"}),
    "an empty value": ("[auth]\nother =\nadmin_username = ''\n", {"other": "", "admin_username": ""}),
}  # fmt: skip
"""What is tried, the file, and the values of its section `auth`."""
REFUSED = {
    "a reference that leads nowhere": "[auth]\nadmin_password = S3cret$word\n",
    "no section": "other = a\n",
    "no assignment": "[auth]\nhello\n",
    "no name": "[auth]\n= a\n",
    "a line that goes on with nothing": "[auth]\n  a\n",
    "a section without its end": "[auth\nother = a\n",
    "a section without a name": "[]\nother = a\n",
}
_THEIRS = """
import json, sys
from oslo_config import cfg
def read(path):
    conf = cfg.ConfigOpts()
    conf.register_opts([cfg.StrOpt(name) for name in NAMES], group="auth")
    conf.register_opts([cfg.StrOpt("region")], group="identity")
    conf.register_opts([cfg.StrOpt("state_path")])
    try:
        conf([], project="x", default_config_files=[path], use_env=False)
        return {name: conf.auth[name] for name in NAMES if conf.auth[name] is not None}
    except Exception as error:
        return None
print(json.dumps([read(path) for path in sys.argv[1:]]))
"""
"""The same in oslo.config itself: the values of each file, null where it refuses one."""


def ours(text: str) -> dict[str, str]:
    def none(_section: str, name: str) -> str:
        if name in NAMES:
            return ""
        raise KeyError(name)

    written = {(one.section, one.name): one.value for one in parse(text)}
    found = {}
    for (section, name), value in values_of(written, none).items():
        if isinstance(value, InvalidConfig):
            raise value
        if section == "auth":
            found[name] = value
    return found


@pytest.mark.parametrize(("text", "values"), list(READ.values()), ids=list(READ))
def test_values_are_those_of_oslo_config(text: str, values: dict[str, str]) -> None:
    assert ours(text) == values


@pytest.mark.parametrize("text", list(REFUSED.values()), ids=list(REFUSED))
def test_what_oslo_config_refuses_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        ours(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["[auth]\nother = $other\n", "[auth]\nother = $admin_username\nadmin_username = $other\n"]
)
def test_a_reference_to_itself_ends(text: str) -> None:
    with pytest.raises(InvalidConfig, match="refers to itself"):
        ours(text)


@given(st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=30))
def test_what_is_written_is_read_as_it_was_meant(value: str) -> None:
    assert ours(f"[auth]\nother = {quoted(escaped(value))}\n") == {"other": value}


def interpreter_with_oslo_config() -> str | None:
    """One that has it: this one, or that of an environment of the suite that is there already."""
    if importlib.util.find_spec("oslo_config") is not None:
        return sys.executable
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "certmark"
    found = [*cache.glob("suites/*/bin/python"), *cache.glob("tests/*/bin/python")]
    return next(
        (str(one) for one in sorted(found) if list(one.parents[1].glob("lib/*/site-packages/oslo_config"))), None
    )


def test_oslo_config_itself_says_the_same(tmp_path: Path) -> None:
    python = interpreter_with_oslo_config()
    if python is None:
        pytest.skip("oslo.config is not installed, neither here nor in an environment of the suite")
    hard = [
        "S3cret$word",
        "a\\$b",
        "a\\\\$b",
        "$$",
        "\\",
        "'x'",
        '"',
        " x ",
        "\t",
        "%s",
        "ü$",
        "\\$\\$",
        "$a.b",
        "#",
        "=:",
    ]
    texts = [text for text, _ in READ.values()]
    texts += [f"[auth]\nother = {quoted(escaped(value))}\n" for value in hard]
    texts += list(REFUSED.values())
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.conf").write_text(text, encoding="utf-8")
    paths = [str(tmp_path / f"{number}.conf") for number in range(len(texts))]
    code = _THEIRS.replace("NAMES", repr(NAMES))
    done = subprocess.run([python, "-I", "-c", code, *paths], capture_output=True, text=True, check=True, timeout=120)
    expected: list[dict[str, str] | None] = [values for _, values in READ.values()]
    expected += [{"other": value} for value in hard]
    expected += [None] * len(REFUSED)
    assert json.loads(done.stdout) == expected
