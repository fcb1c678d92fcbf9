"""What the pages on automation show is what is there: files, variables of roles, options, recipes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from certmark.cli.options.variables import flags_of
from certmark.cli.remote.submit import Options as SubmitOptions
from certmark.cli.run.results_folder import NAMES
from certmark.cli.run.run import Options as RunOptions
from certmark.cli.run.runner import Options as RunnerOptions
from certmark.version import __version__
from docs.test_documents import blocks_of
from support.automation import AUTOMATION, ROOT, documents_in

HOW_TOS = ROOT / "docs" / "how-to"
PAGES = [
    HOW_TOS / f"{name}.md"
    for name in (
        "choose-a-way-to-run",
        "order-tests",
        "run-every-night",
        "run-in-a-container",
        "run-in-ci",
        "run-on-kubernetes",
        "run-with-ansible",
        "run-with-zuul",
    )
]
ROLES = {path.name: path for path in (AUTOMATION / "ansible" / "roles").iterdir()}
SAID = [*PAGES, ROOT / "docs" / "reference" / "results-folder.md"]
SHIPPED = [
    path for path in AUTOMATION.rglob("*") if path.is_file() and path.suffix in {".sh", ".yml", ".yaml", ".service"}
]


def blocks(page: Path, kind: str) -> Iterator[str]:
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if block.kind == kind:
            yield "\n".join(block.lines) + "\n"


@pytest.mark.parametrize("page", SAID, ids=lambda page: page.stem)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"\bautomation/[\w./@*-]*[\w*]", page.read_text(encoding="utf-8"))
    assert [
        name
        for name in named
        if not name.startswith("automation/github/run@") and not list(ROOT.glob(re.sub(r"@[0-9a-f]{40}$", "", name)))
    ] == []


@pytest.mark.parametrize("path", [*SAID, *SHIPPED], ids=lambda path: path.name)
def test_every_variable_of_the_environment_is_an_option(path: Path) -> None:
    for verb, options in (("RUN", RunOptions), ("RUNNER", RunnerOptions), ("SUBMIT", SubmitOptions)):
        known = {name.upper().replace("-", "_") for name in flags_of(options)} | {"OPTION", "NAME", "SUBMITT", "X"}
        named = set(re.findall(rf"\bCERTMARK_{verb}_([A-Z][A-Z_]*[A-Z])\b", path.read_text(encoding="utf-8")))
        assert named <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_yaml_is_yaml(page: Path) -> None:
    for text in blocks(page, "yaml"):
        assert yaml.safe_load(text)


def roles_in(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for play in yaml.safe_load(text):
        for role in play.get("roles", ()) if "hosts" in play else ():
            yield role["role"].rpartition(".")[2], role.get("vars", {})


def test_variables_of_roles_are_theirs() -> None:
    seen = set()
    for text in blocks(HOW_TOS / "run-with-ansible.md", "yaml"):
        for role, variables in roles_in(text) if text.startswith("- hosts") else ():
            (specs,) = documents_in(ROLES[role] / "meta" / "argument_specs.yml")
            assert set(variables) <= set(specs["argument_specs"]["main"]["options"]), role
            seen.add(role)
    assert seen == set(ROLES)


def test_old_variables_of_the_page_are_those_of_the_role() -> None:
    text = (HOW_TOS / "run-with-ansible.md").read_text(encoding="utf-8").partition("| old variable |")[2]
    named = {name for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    (specs,) = documents_in(ROLES["refstack_client"] / "meta" / "argument_specs.yml")
    known = {name for name in specs["argument_specs"]["main"]["options"] if not name.startswith("certmark_")}
    assert named == known - {"aditional_tempestconf_params"}


@pytest.mark.parametrize("example", ["github/example.yml", "gitlab/example.yml"])
def test_the_page_shows_the_recipe_that_is_tested(example: str) -> None:
    assert (AUTOMATION / example).read_text() in list(blocks(HOW_TOS / "run-in-ci.md", "yaml"))


def test_jobs_of_the_page_are_jobs() -> None:
    (jobs,) = documents_in(AUTOMATION / "zuul" / "zuul.d" / "jobs.yaml")
    known = {one["job"]["name"] for one in jobs} | {"certmark-north"}
    text = (HOW_TOS / "run-with-zuul.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?:parent: |- )(certmark-[\w-]+)(?=:?$)", text, re.MULTILINE)) <= known


def test_the_page_on_the_folder_names_every_file() -> None:
    text = (ROOT / "docs" / "reference" / "results-folder.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)) == set(NAMES)


def test_every_way_has_its_line_on_the_page_that_chooses() -> None:
    text = (HOW_TOS / "choose-a-way-to-run.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if f"({page.name}" not in text] == []


def test_nothing_is_installed_in_whatever_version_is_the_newest() -> None:
    shipped = [*PAGES, *(path for path in AUTOMATION.rglob("*") if path.is_file() and path.name != "package-lock.json")]
    for path in shipped:
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"\bcertmark==([\w.]+)", text)) <= {__version__}, path
        assert set(re.findall(r"\bimage: certmark[\w-]*:([\w.]+)", text)) <= {__version__}, path
        assert not re.search(r":latest\b|state: latest|pip install (?!.*==)certmark\b", text), path
    (galaxy,) = documents_in(AUTOMATION / "ansible" / "galaxy.yml")
    assert galaxy["version"] == __version__
