"""Suites as data: described, installed, listed, run."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.advice import Action, Advice
from certmark.runner.environments import InstallProgress, SuiteError, WantedEnvironment, why_not_installed
from certmark.runner.suites import (
    InstalledSuite,
    SuiteKind,
    environ_for,
    install,
    list_tests,
    load_suite,
    plugins_for,
    release_for,
    run_command,
    shipped_suites,
)

TESTS = """
import os
import unittest


class Shapes(unittest.TestCase):
    def test_round(self): ...


if os.environ.get("TOY_CONFIG") and "square" in open(os.path.join(os.environ["TOY_CONFIG"], "toy.conf")).read():

    class Squares(unittest.TestCase):
        def test_square(self): ...
"""


def write_suite(folder: Path, **changes: Any) -> Path:
    document = {
        "format": "certmark-suite",
        "version": 1,
        "name": "toysuite",
        "kind": "unittest",
        "requirements": ["toysuite=={version}"],
        "default_version": "1.0",
        "load": ["toysuite"],
        "results": "subunit",
        "config_env": {"TOY_CONFIG": "{config}"},
        "config_files": ["toy.conf"],
    }
    path = folder / "toy.json"
    path.write_text(json.dumps(document | changes), encoding="utf-8")
    return path


def write_wheel(folder: Path) -> None:
    """The smallest wheel that pip installs."""
    folder.mkdir()
    info = "toysuite-1.0.dist-info"
    files = {
        "toysuite/__init__.py": "",
        "toysuite/test_shapes.py": TESTS,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: toysuite\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / "toysuite-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)


class Toy:
    """The small suite, installed for real from a wheel in a folder."""

    def __init__(self, folder: Path) -> None:
        self.cache, self.wheels = folder / "cache", folder / "wheels"
        write_wheel(self.wheels)
        self.suite = load_suite(str(write_suite(folder)))
        self.heard: list[InstallProgress] = []
        self.installed = self.install()

    def install(self, version: str | None = None, wheels: Path | None = None) -> InstalledSuite:
        return install(self.suite, version, cache=self.cache, wheels=wheels or self.wheels, on_event=self.heard.append)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return Toy(tmp_path_factory.mktemp("toy"))


def config(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "toy.conf").write_text(text, encoding="utf-8")
    return folder


def test_a_suite_gets_an_environment_of_its_own_and_it_is_kept(toy: Toy) -> None:
    toy.heard.clear()
    again = toy.install()
    assert [event.stage for event in toy.heard] == ["reuse"]
    assert (again.version, again.versions["toysuite"]) == ("1.0", "1.0")
    assert again.python == toy.installed.python
    assert again.python.is_relative_to(toy.cache)
    assert "toysuite" not in sys.modules


def test_the_scripts_of_an_environment_run_where_it_lies(toy: Toy) -> None:
    scripts = [path for path in (toy.installed.python.parent).iterdir() if not path.is_symlink() and path.is_file()]
    assert scripts
    assert not [path.name for path in scripts if b"/.making-" in path.read_bytes()]
    script = toy.installed.python.with_name("old")
    script.write_bytes(b"#!" + bytes(toy.cache) + b"/suites/.making-12-0a1b2c3d/bin/python\nprint('it runs')\n")
    script.chmod(0o755)
    toy.install()
    done = subprocess.run([script], capture_output=True, text=True, check=True)
    assert done.stdout == "it runs\n"


@pytest.mark.thorough
def test_what_cannot_be_installed_leaves_nothing(toy: Toy) -> None:
    before = sorted(path.name for path in (toy.cache / "suites").iterdir())
    with pytest.raises(SuiteError) as caught:
        toy.install("2.0")
    assert str(caught.value) == (
        "toysuite-2.0 cannot be installed: there is no toysuite==2.0 in wheels; check the version"
    )
    assert sorted(path.name for path in (toy.cache / "suites").iterdir()) == before


@pytest.mark.thorough
def test_a_half_made_environment_is_not_taken_for_one_and_is_swept_away(toy: Toy, tmp_path: Path) -> None:
    place = toy.installed.folder
    (place / "made.json").rename(tmp_path / "kept")
    gone = toy.cache / "suites" / ".making-999999999-00000000"
    gone.mkdir()
    toy.heard.clear()
    toy.install()
    assert [event.stage for event in toy.heard] == ["create", "install", "ready"]
    assert not gone.exists()
    assert (place / "made.json").exists()


def test_an_environment_that_has_the_suite_is_used_as_it_is(toy: Toy, tmp_path: Path) -> None:
    for named in (toy.installed.python, toy.installed.folder):
        found = install(toy.suite, str(named), cache=tmp_path / "c", wheels=None, on_event=toy.heard.append)
        assert (found.version, found.python) == ("1.0", toy.installed.python)
    assert not (tmp_path / "c").exists()
    with pytest.raises(SuiteError, match="toysuite is not installed in "):
        install(toy.suite, sys.executable, cache=tmp_path / "c", wheels=None, on_event=toy.heard.append)


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("latest", "'latest' is no version of toysuite; name one like 1.0, or a path"),
        ("./nowhere", "there is nothing at ./nowhere; name a version, or a source tree, wheel or environment"),
        ("--index-url", "'--index-url' is no version of toysuite; name one like 1.0, or a path"),
    ],
)
def test_a_version_that_is_none_is_refused(toy: Toy, version: str, sentence: str) -> None:
    with pytest.raises(SuiteError) as caught:
        toy.install(version)
    assert str(caught.value) == sentence


def test_the_listing_depends_on_the_configuration_and_is_kept(toy: Toy, tmp_path: Path) -> None:
    round_only = config(tmp_path / "a", "round")
    square = config(tmp_path / "b", "square")
    assert list_tests(toy.installed, round_only) == ("toysuite.test_shapes.Shapes.test_round",)
    assert list_tests(toy.installed, square) == (
        "toysuite.test_shapes.Shapes.test_round",
        "toysuite.test_shapes.Squares.test_square",
    )
    broken = toy.installed._replace(python=Path("/nowhere/python"))
    assert list_tests(broken, square) == list_tests(toy.installed, square)


def test_the_run_folder_in_a_configuration_changes_no_listing(toy: Toy, tmp_path: Path) -> None:
    first = config(tmp_path / "one", f"lock = {tmp_path / 'one'}/locks")
    list_tests(toy.installed, first)
    second = config(tmp_path / "two", f"lock = {tmp_path / 'two'}/locks")
    broken = toy.installed._replace(python=Path("/nowhere/python"))
    assert list_tests(broken, second) == list_tests(toy.installed, first)


def test_a_listing_that_fails_is_one_sentence(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"^toysuite 1\.0 lists no test: .*No such file or directory: .*toy\.conf"):
        list_tests(toy.installed, tmp_path)


def test_a_suites_processes_do_not_see_the_persons_cloud(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OS_PASSWORD", "PYTHONPATH", "TEMPEST_CONFIG", "KEPT"):
        monkeypatch.setenv(name, "x")
    found = environ_for(toy.installed, tmp_path)
    assert {
        name: found.get(name) for name in ("OS_PASSWORD", "PYTHONPATH", "TEMPEST_CONFIG", "KEPT", "TOY_CONFIG")
    } == {
        "OS_PASSWORD": None,
        "PYTHONPATH": None,
        "TEMPEST_CONFIG": None,
        "KEPT": "x",
        "TOY_CONFIG": str(tmp_path),
    }


def test_a_suite_of_commands_is_listed_and_run_by_its_own_words(assets: Path, tmp_path: Path) -> None:
    description = assets.parent.parent / "examples" / "own-suite" / "suite.json"
    suite = load_suite(str(description))
    assert suite.kind is SuiteKind.COMMAND
    python = Path(sys.executable)
    installed = InstalledSuite(suite, "9", python, python.parent, {}, tmp_path / "lists")
    listed = list_tests(installed, tmp_path)
    assert listed == (
        "tests.test_arithmetic.TestAddition.test_of_small_numbers",
        "tests.test_arithmetic.TestAddition.test_of_zero[1]",
        f"tests.test_arithmetic.TestAddition.test_of_zero[{10**30}]",
        "tests.test_arithmetic.TestDivision.test_by_two",
        "tests.test_arithmetic.TestDivision.test_by_zero",
    )
    command = run_command(installed, tmp_path, listed[1:2], tmp_path / "r.xml")
    assert command[0] == sys.executable
    assert command[-2:] == [
        f"--junitxml={tmp_path / 'r.xml'}", "tests/test_arithmetic.py::TestAddition::test_of_zero[1]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("signs", "release"),
    [
        ({"compute": "2.100"}, "2025.1"),
        ({"compute": "2.103"}, "2026.1"),
        ({"compute": "2.102"}, "2025.2"),
        ({"compute": "2.90"}, "xena"),
        ({"object-store": "2.37.4"}, "2026.1"),
        ({"object-store": "2.37.4", "compute": "2.95"}, "2023.1"),
        ({"compute": "2.1"}, "rocky"),
        ({"image": "2.9"}, None),
        ({}, None),
    ],
)
def test_the_cloud_s_signs_choose_the_release(signs: dict[str, str], release: str | None) -> None:
    found = release_for(load_suite("tempest"), signs)
    assert (found.release if found else None) == release


def test_add_ons_bring_their_plugins() -> None:
    suite = load_suite("tempest")
    names = ["heat_tempest_plugin.tests.a.B.c", "tempest.api.compute.a.B.c"]
    assert [plugin.requirement for plugin in plugins_for(suite, names)] == ["heat-tempest-plugin"]


def test_every_shipped_suite_reads_and_its_constraints_are_there() -> None:
    assert shipped_suites() == ("tempest",)
    suite = load_suite("tempest")
    data = Path(__file__).resolve().parent.parent.parent / "src" / "certmark" / "data" / "constraints"
    shipped = {release.constraints for release in suite.releases if "://" not in (release.constraints or "")}
    assert {f"{name}.txt" for name in shipped} <= {path.name for path in data.iterdir()}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"format": "other"}, 'must have "format": "certmark-suite"; it says "other"'),
        ({"name": "../x"}, '"name" must be a name of small letters, digits, dots and dashes'),
        ({"kind": "magic"}, '"kind" must be one of unittest, command'),
        ({"kind": "command"}, '"list_command" must be a list of strings'),
        ({"load": []}, '"load" must be a list of strings that is not empty'),
        ({"requirements": "toysuite"}, '"requirements" must be a list of strings'),
        ({"names": [["a"]]}, '"names" must be a list of pairs of strings'),
        ({"list_pattern": "x"}, '"list_pattern" must have a group (?P<test>…)'),
        ({"config_env": {"a": 1}}, 'config_env: "a" must be a string'),
        ({"plugins": 3}, '"plugins" must be a list of mappings'),
        ({"releases": [3]}, "releases[0] must be a mapping"),
        ({"results": "csv"}, '"results" must be one of subunit, junit'),
        (
            {"kind": "command", "list_command": ["x"], "run_command": ["y"]},
            '"run_command" must have the word "{tests}"',
        ),
    ],
)
def test_a_bad_description_is_one_sentence(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SuiteError) as caught:
        load_suite(str(write_suite(tmp_path, **changes)))
    assert str(caught.value).removeprefix("toy.json").lstrip(":, ") == f"{problem}; see docs/reference/suite.md"


def test_a_suite_that_is_nowhere_is_refused() -> None:
    with pytest.raises(SuiteError, match=r"^there is no suite file nothing, and none of that name ships \(tempest\)$"):
        load_suite("nothing")


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: ResolutionImpossible: for help", "what it needs contradicts the constraints"),
        ("Failed to establish a new connection: [Errno -2] Name or service not known", "name does not resolve"),
        ("NewConnectionError: Failed to establish a new connection: Connection refused", "does not answer"),
        (
            "ERROR: Ignored the following versions that require a different python version",
            "no version of it runs on Python",
        ),
        ("error: subprocess-exited-with-error", "a package without a wheel could not be built here"),
        ("ERROR: Something odd", "Something odd"),
        ("", "pip said nothing that helps"),
    ],
)
def test_whatever_pip_says_becomes_advice(output: str, advice: str) -> None:
    sentence = str(why_not_installed(output, WantedEnvironment("tempest-47", (), None), None))
    assert sentence.startswith("tempest-47 cannot be installed: ")
    assert advice in sentence


@pytest.mark.parametrize(
    ("output", "action"),
    [
        ("Name or service not known", Action.NAME_WHEELS),
        ("ERROR: Package 'x' requires a different Python", Action.NAME_OTHER_SUITE_VERSION),
        ("ERROR: Something odd", None),
    ],
)
def test_what_else_may_be_installed_is_advice_as_data(output: str, action: Action | None) -> None:
    error = why_not_installed(output, WantedEnvironment("tempest-47", (), None), None)
    assert error.advice == (None if action is None else Advice(action))
