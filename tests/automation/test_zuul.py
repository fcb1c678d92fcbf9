"""Jobs for Zuul: their playbooks are played here in the order of the executor, on a node that is this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from certmark.cli.run.results_folder import NAMES
from support.automation import (
    AUTOMATION,
    CERTMARK,
    ROOT,
    SECRET,
    call,
    changed_guideline,
    check,
    documents_in,
    tool,
    toy_options,
)

pytestmark = [
    pytest.mark.thorough,  # tools of other worlds, to which our libraries' versions are nothing
    pytest.mark.skipif(
        not os.environ.get("CERTMARK_AUTOMATION_TESTS"),
        reason="plays take a quarter of an hour, and are for ./dev automation",
    ),
]

PLAYBOOKS = AUTOMATION / "zuul" / "playbooks"
JOBS = {one["job"]["name"]: one["job"] for one in documents_in(AUTOMATION / "zuul" / "zuul.d" / "jobs.yaml")[0]}
ZUUL_RETURN = """
import json, pathlib
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"data": {"type": "dict"}})
with pathlib.Path(PLACE).open("a") as file:
    file.write(json.dumps(module.params["data"]) + "\\n")
module.exit_json(changed=True)
"""
"""Zuul's own module keeps what a job returns; so does this one, where a test can read it."""


class Executor:
    """Plays the playbooks of a job as Zuul's executor does: whatever happens, the last ones are played."""

    def __init__(self, folder: Path, **node: Any) -> None:
        tool("ansible-playbook")
        self.folder, self.results, self.logs = folder, folder / "certmark-results", folder / "logs"
        for path in (self.logs, folder / "tmp", folder / "library"):
            path.mkdir()
        (folder / "library" / "zuul_return.py").write_text(ZUUL_RETURN.replace("PLACE", repr(str(folder / "returned"))))
        here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        job = {
            "certmark_job_venv": str(Path(CERTMARK).parents[1]),
            "certmark_job_results": str(self.results),
            "certmark_job_tmp": str(folder / "tmp"),
            "zuul": {"executor": {"log_root": str(self.logs)}, "project": {"src_dir": str(folder / "repository")}},
        }
        inventory = {"all": {"hosts": {"node": node}, "vars": {**here, **job}}}
        (folder / "inventory.yaml").write_text(yaml.safe_dump(inventory))
        self.said = ""

    def play(self, job: str) -> int:
        """The status of the run; those before and after it must be played well."""
        stages = {**JOBS["certmark-base"], **JOBS[job]}
        self._playbook(stages["pre-run"], is_demanded=True)
        status = self._playbook(stages["run"]).returncode
        self._playbook(stages["post-run"], is_demanded=True)
        self._playbook(stages["cleanup-run"], is_demanded=True)
        return status

    def _playbook(self, path: str, *, is_demanded: bool = False) -> subprocess.CompletedProcess[str]:
        done = call(
            tool("ansible-playbook"), "-i", "inventory.yaml", "-v", ROOT / path, folder=self.folder,
            ANSIBLE_LIBRARY=str(self.folder / "library"), ANSIBLE_HOME=str(self.folder / "ansible"),
            ANSIBLE_PIPELINING="1", TMPDIR=str(self.folder / "tmp"),
        )  # fmt: skip
        self.said += done.stdout
        assert done.returncode == 0 or not is_demanded, done.stdout[-4000:]
        return done

    @property
    def returned(self) -> list[dict[str, Any]]:
        return [json.loads(line)["zuul"] for line in (self.folder / "returned").read_text().splitlines()]


def test_a_failing_cloud_fails_the_job_and_its_results_are_artefacts(tmp_path: Path) -> None:
    options = toy_options(tmp_path, "passing.Good.test_a", "troubles.Fails.test_fails")
    executor = Executor(
        tmp_path,
        **{f"certmark_run_{name}": value for name, value in options.items()},
        certmark_run_environment={"CERTMARK_HOME": str(tmp_path / "state")},
        certmark_secrets={"clouds_yaml": f"password: {SECRET}"},
    )
    (tmp_path / "tmp" / "certmark-left").mkdir()  # of a run whose machine went away
    assert executor.play("certmark-run") == 2
    assert "exit status 1: list: FAIL" in executor.said
    assert {path.name for path in (executor.logs / "certmark").iterdir()} == set(NAMES)
    artefacts = {one["url"]: one["metadata"]["type"] for said in executor.returned for one in said["artifacts"]}
    assert artefacts == {
        "certmark/report.html": "certmark_report",
        "certmark/report.json": "certmark_report_json",
        "certmark/junit.xml": "junit",
        "certmark/bundle.certmark.tar.gz": "certmark_bundle",
    }
    assert SECRET not in executor.said
    assert list((tmp_path / "tmp").glob("certmark-*")) == []


def test_a_change_of_a_guideline_is_commented_at_its_lines(tmp_path: Path) -> None:
    changed_guideline(tmp_path)
    executor = Executor(tmp_path, certmark_review_survey=str(ROOT / "examples" / "tempest-47.0.0.survey.json.gz"))
    assert executor.play("certmark-guideline-check") == 2
    artefacts, comments = executor.returned
    assert artefacts["artifacts"][0]["url"] == "certmark/review.md"
    (said,) = comments["file_comments"].values()
    assert list(comments["file_comments"]) == ["guidelines/2026.11.json"]
    assert {comment["level"] for comment in said} <= {"error", "warning", "info"}
    assert all(isinstance(comment["line"], int) and comment["message"] for comment in said)
    assert "objectstore-nosuch" in json.dumps(said)


def test_a_second_attempt_is_never_made_and_every_playbook_is_there() -> None:
    base = JOBS["certmark-base"]
    assert base["attempts"] == 1
    assert base["abstract"] is True
    for job in JOBS.values():
        for stage in ("pre-run", "run", "post-run", "cleanup-run"):
            assert stage not in job or (ROOT / job[stage]).is_file()
    assert re.search(r"semaphores: ", JOBS["certmark-run"]["description"])


def test_the_linter_of_ansible_finds_nothing_in_the_playbooks(tmp_path: Path) -> None:
    settings = tmp_path / "lint.yml"
    # zuul_return is Zuul's own, and a role is named by its place in this project, as Zuul's jobs of other projects need it.
    settings.write_text(
        yaml.safe_dump(
            {"mock_modules": ["zuul_return"], "skip_list": ["fqcn[action-core]", "fqcn[action]", "role-name[path]"]}
        )
    )
    words = ("--offline", "--nocolor", "--profile", "production", "-c", settings)
    check(
        tool("ansible-lint"),
        *words,
        *sorted(PLAYBOOKS.glob("*.yaml")),
        folder=tmp_path,
        ANSIBLE_HOME=str(tmp_path / "home"),
    )
