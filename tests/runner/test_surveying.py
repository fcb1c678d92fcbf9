"""The survey of a suite, made by an interpreter of its own: what its code says of each test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.surveys import Credential, Survey
from certmark.runner import surveying
from certmark.runner.environments import RECORD, SuiteError
from certmark.runner.suites import InstalledSuite, load_suite
from certmark.runner.surveying import survey
from support.surveys import ONE

HELPERS = """
def wait_for(client, server):
    while client.show_server(server)["status"] != "ACTIVE":
        pass
"""
TESTS = f'''
import unittest

from toysuite import helpers


class Config:
    def __getattr__(self, name):
        return self


CONF = Config()


def attr(*words):
    def mark(function):
        function.words = words
        return function
    return mark


def services(*words):
    return attr(*words)


class Base(unittest.TestCase):
    credentials = ["primary", "primary", ["operator", "{{object-storage.operator_role}}"]]
    needs_network = False

    def id(self):
        words = getattr(getattr(self, self._testMethodName), "words", ())
        return super().id() + (f"[{{','.join(words)}}]" if words else "")

    @classmethod
    def skip_checks(cls):
        if not CONF.service_available.nova:
            raise cls.skipException("no nova")
        if cls.needs_network and not CONF.service_available.neutron:
            raise cls.skipException("no network")

    @classmethod
    def setup_clients(cls):
        cls.client = cls.os_primary.servers_client

    @classmethod
    def resource_setup(cls):
        cls.flavors_client.list_flavors()

    def make(self, **options):
        server = self.client.create_server(**options)
        self.addCleanup(self.client.delete_server, server)
        helpers.wait_for(self.client, server)
        return server


class ServersTest(Base):
    min_microversion = "2.60"

    @services("compute")
    @unittest.skipUnless(CONF.compute_feature_enabled.rescue, "no rescue")
    def test_rescue(self):
        """Rescue a server.

        Twice.
        """
        server = self.make(name="x")
        self.client.rescue_server(server)
        self.client.tenant_id
        self.assertRaises(ValueError, self.client.show_server, "no such")
        client = self.os_alt.images_client
        client.list_images()

    @attr("id-{ONE}", "smoke")
    def test_quiet(self):
        if self.needs_network:
            self.skipTest("never")
        if too_old():
            self.skipTest("too old")


class ServersIpV6Test(ServersTest):
    needs_network = True
'''


DESCRIPTION = {
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


def installed(folder: Path, tests: str = TESTS, **changes: Any) -> InstalledSuite:
    """A suite in `folder`, imported by this interpreter through a path file of its own environment."""
    package = folder / "packages" / "toysuite"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "helpers.py").write_text(HELPERS, encoding="utf-8")
    (package / "test_servers.py").write_text(tests, encoding="utf-8")
    (folder / "toy.json").write_text(json.dumps(DESCRIPTION | changes), encoding="utf-8")
    description = load_suite(str(folder / "toy.json"))
    environment = folder / "environment"
    if not environment.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
        site = next((environment / "lib").glob("python3*")) / "site-packages"
        (site / "toy.pth").write_text(f"{package.parent}\n", encoding="utf-8")
    python = environment / "bin" / "python"
    return InstalledSuite(description, "1.0", python, environment, {"toysuite": "1.0"}, folder / "lists")


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    folder = tmp_path_factory.mktemp("suite")
    return survey(installed(folder), cache=folder / "cache")


def test_every_test_is_there_by_its_full_id_with_file_and_line(surveyed: Survey) -> None:
    assert [(test.full_id, test.is_inherited) for test in surveyed.tests] == [
        (f"toysuite.test_servers.ServersIpV6Test.test_quiet[id-{ONE},smoke]", True),
        ("toysuite.test_servers.ServersIpV6Test.test_rescue[compute]", True),
        (f"toysuite.test_servers.ServersTest.test_quiet[id-{ONE},smoke]", False),
        ("toysuite.test_servers.ServersTest.test_rescue[compute]", False),
    ]
    assert {test.file for test in surveyed.tests} == {"toysuite/test_servers.py"}
    assert [TESTS.splitlines()[test.line - 1].strip() for test in surveyed.tests[:2]] == [
        "def test_quiet(self):",
        "def test_rescue(self):",
    ]
    assert (surveyed.suite, surveyed.version, surveyed.packages) == ("toysuite", "1.0", (("toysuite", "1.0"),))


def test_credentials_are_those_of_the_class_each_once(surveyed: Survey) -> None:
    assert {test.credentials for test in surveyed.tests} == {
        (Credential("primary"), Credential("operator", ("{object-storage.operator_role}",)))
    }


def test_calls_are_the_body_s_then_its_helpers_under_the_client_s_own_name(surveyed: Survey) -> None:
    quiet, rescue = surveyed.tests[2:]
    assert rescue.calls[: rescue.own_calls] == (
        "servers_client.rescue_server",
        "servers_client.show_server",
        "images_client.list_images",
    )
    assert rescue.calls[rescue.own_calls :] == ("servers_client.create_server", "servers_client.delete_server")
    assert (quiet.calls, quiet.own_calls) == ((), 0)


def test_what_the_class_sets_up_is_counted_apart(surveyed: Survey) -> None:
    assert {test.set_up for test in surveyed.tests} == {("flavors_client.list_flavors",)}


def test_conditions_of_skipping_are_the_test_s_then_the_class_s_and_those_that_cannot_hold_are_left_out(
    surveyed: Survey,
) -> None:
    by_name = {test.full_id.partition("[")[0].rpartition(".servers.")[2]: test.skips for test in surveyed.tests}
    nova = "if not CONF.service_available.nova"
    assert by_name["toysuite.test_servers.ServersTest.test_quiet"] == (
        "if too_old()",
        "unless microversion >= 2.60",
        nova,
    )
    assert by_name["toysuite.test_servers.ServersIpV6Test.test_quiet"] == (
        "always: in its code",
        "if too_old()",
        "unless microversion >= 2.60",
        nova,
        "if not CONF.service_available.neutron",
    )
    rescue = by_name["toysuite.test_servers.ServersTest.test_rescue"]
    assert rescue[0] == "unless CONF.compute_feature_enabled.rescue"


LEVELS = """
import unittest


class LevelTest(unittest.TestCase):
    level = 1

    def test_another_level(self):
        if self.level == 2:
            self.skipTest("never")

    def test_not_another_level(self):
        if self.level != 2:
            self.skipTest("always")

    def test_this_level(self):
        if self.level == 1:
            self.skipTest("always")

    def test_between_levels(self):
        if 0 < self.level < 2:
            self.skipTest("perhaps")
"""


def test_a_comparison_with_what_the_class_gives_is_decided_and_a_longer_one_is_told(tmp_path: Path) -> None:
    found = survey(installed(tmp_path, LEVELS), cache=tmp_path / "cache")
    assert {test.full_id.rpartition(".")[2]: test.skips for test in found.tests} == {
        "test_another_level": (),
        "test_not_another_level": ("always: in its code",),
        "test_this_level": ("always: in its code",),
        "test_between_levels": ("if 0 < self.level < 2",),
    }


def test_docstrings_and_services_are_kept(surveyed: Survey) -> None:
    rescue = surveyed.tests[3]
    assert (rescue.document, rescue.services) == ("Rescue a server.\n\nTwice.", ("compute",))


def test_a_survey_is_kept_for_an_environment_of_ours_and_made_anew_for_a_person_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = installed(tmp_path)
    cache = tmp_path / "cache"
    survey(suite, cache=cache)
    assert not (cache / "surveys").exists()
    (suite.folder / RECORD).write_text("{}", encoding="utf-8")
    made = survey(suite, cache=cache)
    monkeypatch.setattr(surveying, "_make_survey", lambda _: pytest.fail("it was made again"))
    assert survey(suite, cache=cache) == made


def test_a_kept_survey_that_is_damaged_is_made_again(tmp_path: Path) -> None:
    suite = installed(tmp_path)
    (suite.folder / RECORD).write_text("{}", encoding="utf-8")
    made = survey(suite, cache=tmp_path / "cache")
    kept = next((tmp_path / "cache" / "surveys").iterdir())
    kept.write_bytes(kept.read_bytes()[:40])
    assert survey(suite, cache=tmp_path / "cache") == made


def test_a_module_that_cannot_be_imported_is_told_and_the_rest_is_surveyed(tmp_path: Path) -> None:
    suite = installed(tmp_path)
    (tmp_path / "packages" / "toysuite" / "test_broken.py").write_text("import no_such_thing\n", encoding="utf-8")
    found = survey(suite, cache=tmp_path)
    assert len(found.tests) == 4
    assert found.problems == ("toysuite.test_broken: ModuleNotFoundError: No module named 'no_such_thing'",)


@pytest.mark.parametrize(
    ("tests", "load", "said"),
    [
        ("", "toysuite", "toysuite 1.0 has no test; name another suite or version"),
        (
            "import no_such_thing",
            "toysuite",
            (
                "no test of toysuite 1.0 can be imported (toysuite.test_servers: ModuleNotFoundError: No module named "
                "'no_such_thing'); take a version that fits this Python and what is installed with it"
            ),
        ),
        (
            TESTS,
            "no_such_package",
            "toysuite 1.0 cannot be surveyed: ModuleNotFoundError: No module named 'no_such_package'",
        ),
        ("import os\nos._exit(3)\n", "toysuite", "toysuite 1.0 cannot be surveyed: it said nothing"),
    ],
)
def test_a_suite_that_gives_nothing_is_refused_in_a_sentence(tmp_path: Path, tests: str, load: str, said: str) -> None:
    with pytest.raises(SuiteError) as refused:
        survey(installed(tmp_path, tests, load=[load]), cache=tmp_path)
    assert str(refused.value) == said


def test_a_suite_that_is_a_command_gives_ids_only(tmp_path: Path) -> None:
    suite = installed(
        tmp_path,
        kind="command",
        list_command=["{python}", "-c", "print('a.b.c'); print('a.b.a')"],
        run_command=["true", "{tests}"],
        config_files=[],
    )
    found = survey(suite, cache=tmp_path)
    assert ([test.full_id for test in found.tests], found.is_described) == (["a.b.a", "a.b.c"], False)
