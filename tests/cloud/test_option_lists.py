"""Which options a Tempest reads, and two configurations of it side by side."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from certmark.cli.errors import sentence_of
from certmark.cloud.discovery.option_lists import SHIPPED, option_list
from certmark.cloud.discovery.options import Option, Origin, rendered
from certmark.cloud.discovery.outcome import DifferenceKind, OptionDifference, differences
from certmark.cloud.errors import CloudError

KNOWN = option_list(None)


def test_the_shipped_list_is_that_of_the_shipped_suite() -> None:
    suites = Path(__file__).resolve().parents[2] / "src" / "certmark" / "data" / "suites"
    assert any(SHIPPED in path.read_text(encoding="utf-8") for path in suites.rglob("*") if path.is_file())
    assert KNOWN.version == SHIPPED
    assert KNOWN.has("compute", "flavor_ref")
    assert not KNOWN.has("identity", "username")


@pytest.mark.parametrize("wanted", [SHIPPED, SHIPPED.removesuffix(".0"), SHIPPED.removesuffix(".0.0")])
def test_the_shipped_version_needs_no_tempest(wanted: str) -> None:
    assert option_list(wanted) == KNOWN


def test_a_version_that_is_not_here_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path))
    with pytest.raises(CloudError) as caught:
        option_list("31.1.0")
    assert sentence_of(caught.value) == (
        "no Tempest 31.1.0 is installed here to be asked for its options; name the path of its environment with "
        "--tempest, install it (certmark run does), or go without --tempest for the list of 47.0.0"
    )


def environment(folder: Path, answer: str, status: int = 0) -> Path:
    """Something that stands for an interpreter with a Tempest."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!{sys.executable}\nimport sys\nprint({answer!r})\nsys.exit({status})\n", encoding="utf-8")
    python.chmod(0o755)
    return python


def test_an_installed_tempest_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
    told = {"tempest": "46.2.0", "sections": {"share": {"region": {"type": "str", "default": ""}}}}
    python = environment(tmp_path / "cache" / "suites" / "tempest-46.2.0-abc", json.dumps(told))
    assert option_list("46.2.0").has("share", "region")
    python.write_text("#!/bin/false\n", encoding="utf-8")
    assert option_list("46.2.0").source == f"{python}, asked before"
    assert option_list(str(python.parent.parent)).has("share", "region")


@pytest.mark.parametrize(("answer", "status"), [("{", 0), ("[]", 0), ("", 3)])
def test_an_environment_without_tempest_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
) -> None:
    monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
    python = environment(tmp_path / "env", answer, status)
    with pytest.raises(CloudError, match=r"no list of options|has no Tempest that tells its options"):
        option_list(str(python))


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("compute.flavor_ref", "42", None),
        ("compute.flavour_ref", "42", "has no option compute.flavour_ref; near it is compute.flavor_ref"),
        ("nova.max_microversion", "2.1", "near it is compute.max_microversion or placement.max_microversion or volume"),
        ("identity.username", "me", f"Tempest {SHIPPED} has no option identity.username"),
        ("validation.run_validation", "perhaps", "validation.run_validation = perhaps: it must be true or false"),
        ("compute.build_timeout", "1h", "compute.build_timeout = 1h: it must be a whole number"),
        ("validation.connect_method", "shouting", "it must be one of fixed, floating"),
        ("compute.build_timeout", "$other", None),
    ],
)
def test_options_and_values_that_tempest_cannot_read_are_told(key: str, value: str, sentence: str | None) -> None:
    section, _, name = key.partition(".")
    found = KNOWN.problem(section, name, value)
    assert found is None if sentence is None else found is not None and sentence in found


def option(key: str, value: str, origin: Origin = Origin.ASKED) -> Option:
    section, _, name = key.partition(".")
    return Option(section, name, value, origin, "GET it", secret="password" in name)


def test_differences_are_those_that_tempest_would_see() -> None:
    ours = [
        option("service_available.nova", "true"),
        option("network-feature-enabled.api_extensions", "b,a"),
        option("compute.flavor_ref", "42"),
        option("compute-feature-enabled.resize", "true"),
        option("compute-feature-enabled.pause", "true"),
        option("auth.admin_password", "mine"),
    ]
    theirs = {
        "service_available.nova": "True",
        "network-feature-enabled.api_extensions": "a, b",
        "compute.flavor_ref": "7",
        "auth.admin_password": "yours",
        "identity.username": "demo",
        "identity.region": "RegionOne",
    }
    assert differences(ours, theirs, KNOWN) == (
        OptionDifference("auth.admin_password", DifferenceKind.DIFFERS, "(secret)", "(secret)", "asked", "GET it", None, matters=True),
        OptionDifference("compute-feature-enabled.pause", DifferenceKind.ONLY_OURS, "true", None, "asked", "GET it", "True",
                   matters=False),
        OptionDifference("compute-feature-enabled.resize", DifferenceKind.ONLY_OURS, "true", None, "asked", "GET it", "False",
                   matters=True),
        OptionDifference("compute.flavor_ref", DifferenceKind.DIFFERS, "42", "7", "asked", "GET it", "1", matters=True),
        OptionDifference("identity.region", DifferenceKind.ONLY_THEIRS, None, "RegionOne", "", "", "RegionOne", matters=False),
        OptionDifference("identity.username", DifferenceKind.UNKNOWN, None, "demo", "", "", None, matters=False),
    )  # fmt: skip


def test_what_stands_apart_is_named_and_not_written() -> None:
    found = rendered([option("auth.admin_password", "word")], {"auth.admin_password": "secrets.env"})
    assert found == "[auth]\n# asked: GET it\n# admin_password stands in secrets.env\n"


def test_foreign_names_command_no_terminal_and_make_no_lines() -> None:
    found = rendered([option("compute.fixed_network_name", "a\x1b]0;b\x07\n[auth]")])
    assert found == "[compute]\n# asked: GET it\nfixed_network_name = a]0;b [auth]\n"
