"""Manifests for Kubernetes, units of systemd and Containerfiles: valid, hardened, and of this very command."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.options.variables import with_variables
from certmark.cli.parser import Parser
from certmark.cli.run.run import VARIABLES, Options
from certmark.runner import run as runner
from certmark.server.main import parser_of
from support.automation import AUTOMATION, ROOT, check, documents_in, tool

pytestmark = pytest.mark.thorough  # tools of other worlds, to which our libraries' versions are nothing

KUBERNETES, SYSTEMD = AUTOMATION / "kubernetes", AUTOMATION / "systemd"
MANIFESTS = sorted(path for path in KUBERNETES.glob("*/*.yaml") if path.name != "kustomization.yaml")
CONTAINERFILES = sorted(AUTOMATION.glob("*/Containerfile"))
REPORTS_WITHIN = 20
"""Seconds after SIGTERM in which a run has its report, as the documents promise."""


def jobs() -> list[dict[str, Any]]:
    (job,) = documents_in(KUBERNETES / "job" / "job.yaml")
    (cron,) = documents_in(KUBERNETES / "nightly" / "cronjob.yaml")
    return [job["spec"], cron["spec"]["jobTemplate"]["spec"]]


def pods() -> list[dict[str, Any]]:
    server = documents_in(KUBERNETES / "server" / "deployment.yaml")[0]["spec"]
    return [spec["template"]["spec"] for spec in (*jobs(), server)]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_a_manifest_is_what_kubernetes_knows(path: Path) -> None:
    check(tool("kubernetes-validate"), "--strict", path)


@pytest.mark.parametrize("folder", sorted(KUBERNETES.iterdir()), ids=lambda path: path.name)
def test_a_kustomization_has_every_manifest_beside_it(folder: Path) -> None:
    (kustomization,) = documents_in(folder / "kustomization.yaml")
    assert sorted(kustomization["resources"]) == sorted(path.name for path in MANIFESTS if path.parent == folder)


def test_the_platform_never_repeats_a_verdict_and_the_nightly_job_is_the_same_job() -> None:
    one, nightly = jobs()
    assert one == nightly
    assert one["backoffLimit"] == 0
    first, second = one["podFailurePolicy"]["rules"]
    assert (first["action"], first["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")
    assert (second["action"], second["onExitCodes"]["operator"], second["onExitCodes"]["values"]) == (
        "FailJob",
        "NotIn",
        [0],
    )
    assert one["template"]["spec"]["restartPolicy"] == "Never"


@pytest.mark.parametrize("pod", pods(), ids=["job", "nightly", "server"])
def test_a_pod_has_no_rights_and_time_to_report(pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["terminationGracePeriodSeconds"] > REPORTS_WITHIN
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not re.search(r":latest$|^[^:]+$", container["image"])
    written = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert "/tmp" in written  # noqa: S108 - of the pod


def test_the_options_of_a_job_are_options_and_its_results_leave_the_pod() -> None:
    (container,) = jobs()[0]["template"]["spec"]["containers"]
    environ = {one["name"]: one["value"] for one in container["env"]}
    parser = Parser(prog="certmark run", description="")
    words = with_variables(VARIABLES, Options, [], environ, parser)
    assert {"--submit", "--live", "--results=/state/results", "--token-file=/secrets/token"} <= set(words)
    assert container["args"] == ["run"]
    assert not [name for name in environ if name.startswith(VARIABLES)]
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_the_server_in_a_pod_is_begun_with_words_that_it_knows() -> None:
    (container,) = pods()[2]["containers"]
    verb, *words = container["args"]
    assert parser_of(verb).parse_args(words).config == Path("/settings/server.toml")


def test_a_run_that_is_ended_has_reported_before_any_platform_kills_it() -> None:
    assert runner._GRACE < REPORTS_WITHIN  # noqa: SLF001 - the promise
    unit = (SYSTEMD / "certmark@.service").read_text()
    assert int(re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[0]) > REPORTS_WITHIN


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
@pytest.mark.parametrize("name", ["certmark@.service", "certmark@.timer", "certmark-runner.service"])
def test_systemd_finds_nothing_wrong_with_a_unit(name: str, tmp_path: Path) -> None:
    for unit in SYSTEMD.iterdir():
        text = unit.read_text().replace("/opt/certmark/bin/certmark", "/bin/true")
        (tmp_path / unit.name.replace("@", "@north")).write_text(text)
    said = check("systemd-analyze", "verify", "--man=no", tmp_path / name.replace("@", "@north"))
    assert name.replace("@", "@north") not in said


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
@pytest.mark.parametrize("name", ["certmark@.service", "certmark-runner.service"])
def test_systemd_calls_the_unit_well_protected(name: str, tmp_path: Path) -> None:
    unit = tmp_path / name.replace("@", "@north")
    unit.write_text((SYSTEMD / name).read_text())
    said = check("systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", unit)
    assert " OK " in said


@pytest.mark.parametrize("path", CONTAINERFILES, ids=lambda path: path.parent.name)
def test_the_linter_of_containerfiles_finds_nothing(path: Path) -> None:
    check(tool("hadolint"), path)


@pytest.mark.parametrize("path", CONTAINERFILES, ids=lambda path: path.parent.name)
def test_an_image_is_made_of_what_there_is_and_begins_as_nobody(path: Path) -> None:
    text = path.read_text().replace("\\\n", "")
    for copied in re.findall(r"^COPY (?!--)(.*)", text, re.MULTILINE):
        assert [name for name in copied.split()[:-1] if not (ROOT / name).exists()] == []
    taken = {line.removeprefix("!") for line in (ROOT / ".containerignore").read_text().splitlines() if line[:1] == "!"}
    assert {
        name for copied in re.findall(r"^COPY (?!--)(.*)", text, re.MULTILINE) for name in copied.split()[:-1]
    } <= taken
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", text, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)
