"""certmark cloud doctor, and certmark run stopped by it, as a person meets them; the cloud is a server on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from support.fake_cloud import PROJECT, Answer, FakeCloud, serving

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
STORAGE = f"/v1/AUTH_{PROJECT}"
ROLES = ("member", "SwiftOperator", "reader")
SECRET = "an-account's-password"


class Place:
    """A cloud, and a machine that knows it."""

    def __init__(self, cloud: FakeCloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        cloud.keystone(("object-store", STORAGE), roles=ROLES)
        cloud.answers["GET /info"] = Answer({"swift": {"version": "2.37.0"}, "slo": {}})
        cloud.answers[f"HEAD {STORAGE}"] = Answer(b"", 204)

    def accounts(self, *names: str) -> str:
        """A file of accounts that have every role; its path."""
        entries = [
            {"username": name, "password": SECRET, "project_name": name.removesuffix("-reader"),
             "roles": ["reader"] if name.endswith("-reader") else ["member", "SwiftOperator"]}
            for name in names
        ]  # fmt: skip
        path = self.folder / "accounts.yaml"
        path.write_text(json.dumps(entries))
        return str(path)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with serving() as cloud:
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
        monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
        yield Place(cloud, tmp_path)


def doctor(place: Place, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON of an examination for object storage, by the names of the tests."""
    accounts = place.accounts("one", "two", "one-reader")
    words = ["--os-cloud", "fake", "--accounts", accounts, "-p", "object", "--no-suite", "--json", *more]
    status = main(["cloud", "doctor", *words])
    return status, json.loads(capsys.readouterr().out)


def worst(document: dict[str, Any], *severities: str) -> list[str]:
    return [finding["id"] for finding in document["findings"] if finding["severity"] in (severities or ("fatal",))]


def test_a_cloud_that_is_well_ends_with_0_and_says_what_was_looked_at(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = doctor(place, capsys)
    assert (status, worst(told), told["fatal"]) == (Exit.OK, [], False)
    assert {key: told[key] for key in ("format", "version", "cloud", "guideline", "workers", "surveyed")} == {
        "format": "certmark-doctor", "version": 1, "cloud": "fake", "guideline": "2026.11", "workers": 1,
        "surveyed": False,
    }  # fmt: skip
    assert {"sign-in", "catalogue", "service", "accounts", "storage", "leftovers"} <= set(worst(told, "ok"))
    assert told["calls"] > 8
    assert sum(told["counts"].values()) == len(told["findings"])


def test_a_finding_says_what_where_why_and_how_to_mend_it(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.cloud.refused.add("two")
    status, told = doctor(place, capsys)
    assert (status, worst(told)) == (Exit.ENVIRONMENT, ["account-refused"])
    found = told["findings"][0]
    assert {key: found[key] for key in ("subject", "where", "why", "despite")} == {
        "subject": "accounts", "where": "two", "why": "every class that is given this user fails in set-up",
        "despite": False,
    }  # fmt: skip
    assert "certmark cloud accounts check" in found["mend"]
    assert found["tests"] == told["tests"] > 50


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({f"HEAD {STORAGE}": Answer(b"", 403)}, "storage-forbidden"),
        ({f"HEAD {STORAGE}": Answer(b"", 500)}, "storage-account"),
        ({"POST /v3/auth/tokens": Answer({"error": {"code": 401}}, 401)}, "sign-in-refused"),
        ({"POST /v3/auth/tokens": Answer({"error": {"code": 500}}, 500)}, "sign-in-unreachable"),
    ],
)
def test_what_is_broken_is_fatal_and_named(
    place: Place, capsys: pytest.CaptureFixture[str], changes: dict[str, Answer], expected: str
) -> None:
    place.cloud.answers |= changes
    status, told = doctor(place, capsys)
    assert (status, worst(told)) == (Exit.ENVIRONMENT, [expected])


def test_a_token_without_a_catalogue_is_told_from_a_wrong_password(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.cloud.answers["POST /v3/auth/tokens"].body["token"]["catalog"] = []
    assert worst(doctor(place, capsys)[1]) == ["sign-in-unscoped"]


def test_a_region_that_is_not_there_is_fatal(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OS_REGION_NAME", "Elsewhere")
    assert worst(doctor(place, capsys)[1]) == ["catalogue-region"]


def test_a_program_whose_service_is_missing_is_fatal(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    accounts = place.accounts("one", "two", "one-reader")
    words = ["--os-cloud", "fake", "--accounts", accounts, "-p", "compute", "--no-suite", "--json"]
    assert main(["cloud", "doctor", *words]) == Exit.ENVIRONMENT
    assert set(worst(json.loads(capsys.readouterr().out))) == {"catalogue-service"}


def test_without_a_program_those_are_looked_at_that_the_catalogue_can_serve(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--os-cloud", "fake", "--accounts", place.accounts("one", "two", "one-reader"), "--no-suite", "--json"]
    assert main(["cloud", "doctor", *words]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["programs"] == ["Interoperable Object Storage"]


def test_more_workers_than_accounts_allow_are_said_to_be_fewer(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = doctor(place, capsys, "-j", "4")
    few = next(finding for finding in told["findings"] if finding["id"] == "accounts-few")
    assert (status, few["severity"]) == (Exit.OK, "note")
    assert few["what"] == "the accounts are enough for 2 classes at a time: 2 will run at a time, not 4"


def test_an_accounts_file_that_is_none_is_a_finding(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = place.folder / "bad.yaml"
    path.write_text("{")
    words = ["--os-cloud", "fake", "--accounts", str(path), "-p", "object", "--no-suite", "--json"]
    assert main(["cloud", "doctor", *words]) == Exit.ENVIRONMENT
    assert worst(json.loads(capsys.readouterr().out)) == ["accounts-file"]


def test_text_says_the_sum_first_and_the_worst_next(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.cloud.refused.add("two")
    accounts = place.accounts("one", "two", "one-reader")
    main(["cloud", "doctor", "--os-cloud", "fake", "--accounts", accounts, "-p", "object", "--no-suite", "-q"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "fake for Interoperable Object Storage of 2026.11"
    assert lines[2].startswith("1 thing would make a run fail")
    assert lines[3] == "  accounts: would make a run fail"
    assert lines[4].endswith("[account-refused]")
    assert lines[-1].startswith("fine: authentication, catalogue, services, ")


def test_no_secret_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.cloud.refused.add("two")
    _, told = doctor(place, capsys)
    assert [word for word in (SECRET, "loopback-password", "not-a-real-token") if word in json.dumps(told)] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--os-cloud", "a", "--tempest-conf", "b"], "both name a cloud"),
        (["--offline-suite", "--no-suite"], "exclude each other"),
        (["--accounts", "nowhere.yaml"], "there is no file nowhere.yaml"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert main(["cloud", "doctor", *words]) == Exit.USAGE
    assert sentence in capsys.readouterr().err


def test_a_number_of_classes_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["cloud", "doctor", "-j", "none"])
    assert end.value.code == Exit.USAGE
    assert "'none' is not a number of classes, or auto" in capsys.readouterr().err


def test_a_configuration_of_ones_own_is_examined_as_its_first_user(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.accounts("one", "two", "one-reader")
    conf = place.folder / "tempest.conf"
    conf.write_text(
        f"[identity]\nuri_v3 = {place.cloud.url}/v3\nregion = RegionOne\n[auth]\ntest_accounts_file = accounts.yaml\n"
        "use_dynamic_credentials = false\n[object-storage]\noperator_role = SwiftOperator\n"
    )
    words = ["--tempest-conf", str(conf), "-p", "object", "--no-suite", "--json"]
    assert main(["cloud", "doctor", *words]) == Exit.OK
    place.cloud.refused.add("two")
    capsys.readouterr()
    assert main(["cloud", "doctor", *words]) == Exit.ENVIRONMENT
    assert worst(json.loads(capsys.readouterr().out)) == ["account-refused"]


# ---------------------------------------------------------------- certmark run


def run(place: Place, *more: str) -> int:
    """Begin a run whose suite is not there, so that it ends there at the latest."""
    accounts = place.accounts("one", "two", "one-reader")
    folder = str(place.folder / "run")
    words = ["--os-cloud", "fake", "--accounts", accounts, "-p", "object", "--folder", folder]
    return main(["run", *words, "--tempest", "./no-such-suite", *more])


def test_a_run_stops_before_its_suite_is_installed_and_says_how_to_go_on(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.cloud.refused.add("two")
    assert run(place) == Exit.ENVIRONMENT
    said = capsys.readouterr().err
    assert "certmark: [account-refused] Keystone refuses two in the project two" in said
    assert "1 thing would make this run fail, so it was not begun" in said
    assert "go on with --despite account-refused, or with --no-doctor" in said
    assert not (place.folder / "run").exists()
    assert not (place.folder / "cache" / "suites").exists()


@pytest.mark.parametrize("way", [["--despite", "account-refused"], ["--no-doctor"]])
def test_a_person_may_go_on_all_the_same(place: Place, capsys: pytest.CaptureFixture[str], way: list[str]) -> None:
    place.cloud.refused.add("two")
    assert run(place, *way) == Exit.ENVIRONMENT
    assert "there is nothing at" in capsys.readouterr().err


def test_despite_takes_ids_of_findings_only(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "--despite", "everything") == Exit.USAGE
    assert "there is no finding 'everything'; certmark cloud doctor shows" in capsys.readouterr().err


def test_a_run_without_the_doctor_makes_no_call_of_it(place: Place) -> None:
    run(place, "--no-doctor")
    assert [line for line in place.cloud.asked if line.startswith("HEAD")] == []


def test_help_needs_no_cloud_library() -> None:
    code = (
        "import sys; from certmark.cli.main import main\n"
        "try: main(['cloud', 'doctor', '--help'])\n"
        "except SystemExit: sys.exit('openstack' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_a_program_of_another_shipped_guideline_need_not_name_it(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = doctor(place, capsys, "-p", "scs")
    assert (told["guideline"], told["programs"]) == ("scs-0128", ["SCS-0128"])
    assert worst(told, "fatal") != []  # it has object storage and nothing of what the program asks for


def test_debug_shows_every_call_and_no_secret(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("certmark.cloud.transport._WATCHERS", [])
    accounts = place.accounts("one", "two", "one-reader")
    words = ["--os-cloud", "fake", "--accounts", accounts, "-p", "object", "--no-suite", "-q"]
    main(["--debug", "cloud", "doctor", *words])
    lines = [line for line in capsys.readouterr().err.splitlines() if "http://" in line]
    assert any(line.startswith("certmark: POST http://127.0.0.1:") and "/auth/tokens: 201" in line for line in lines)
    assert any("/info: 200" in line for line in lines)
    assert SECRET not in "".join(lines)
    assert "?" not in "".join(lines)
