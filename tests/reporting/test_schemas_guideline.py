"""What the guideline verbs say to programs is what the shipped schemas promise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import certmark
from certmark.cli.main import main
from support.git_repository import Repository
from support.lint_documents import LIST, UUIDS, encoded, sound

SCHEMAS = Path(certmark.__file__).parent / "data" / "schemas" / "output"
ROOT = Path(__file__).resolve().parents[2]
SURVEY = str(ROOT / "tests" / "assets" / "survey" / "tempest-47.0.0.json.gz")
EXAMPLES = str(ROOT / "examples")
RUN = str(ROOT / "examples" / "compute.subunit.gz")
SHEET = """Scores
a-get:  [1,1,1] [1,1,1] [1,1,1] [1,1,1] [1] [100]*
a-put:  [0,1,1] [0,1,?] [1,1,1] [0,1,1] [1] [72]
"""


@pytest.fixture
def document_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """What a verb says as JSON, in a folder with a faulty guideline and two worksheets."""
    monkeypatch.chdir(tmp_path)
    faulty = sound()
    faulty["capabilities"]["list"]["tests"][LIST]["idempotent_id"] = UUIDS[0]
    faulty["capabilities"]["list"]["\ud800"] = 1
    (tmp_path / "sound.json").write_bytes(encoded(sound()))
    (tmp_path / "2099.06.json").write_bytes(encoded(faulty))
    Repository(tmp_path / "interop").commit("2020-01-01", {"2099.06.json": json.dumps(sound())})
    (tmp_path / "a.txt").write_text(SHEET)
    (tmp_path / "b.txt").write_text(SHEET.replace("a-put:  [0,", "a-put:  [1,"))

    def run(*words: str) -> Any:
        main(["guideline", *words, "--json", "-q"])
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("certmark-guidelines", ["list"]),
        ("certmark-guideline-programs", ["list", "2026.11"]),
        ("certmark-guideline-capabilities", ["show"]),
        ("certmark-guideline-capabilities", ["show", "sound.json", "-p", "Servers", "-c", "list"]),
        ("certmark-guideline-tests", ["tests", "-p", "compute", "--level", "all", "--flagged"]),
        ("certmark-findings", ["lint", "2099.06.json", "--severity", "note"]),
        ("certmark-guideline-changes", ["diff", "sound.json", "2026.11"]),
        ("certmark-guideline-brief", ["brief", "sound.json", "2026.11"]),
        ("certmark-guideline-brief", ["brief", "sound.json", "2026.11", "--for", "vendors"]),
        ("certmark-guideline-impact", ["impact", "2026.11", "--predecessor", "2026.11", "--runs", EXAMPLES]),
        ("certmark-project-checklist", ["checklist", "sound.json", "--project", "nova", "--before", "sound.json"]),
        ("certmark-project-checklist", ["checklist", "2026.11", "--project", "nova", "--list", SURVEY]),
        ("certmark-site-difference", ["render", "sound.json", "site"]),
        ("certmark-site-difference", ["render", "sound.json", "site", "--check"]),
        ("certmark-publication", ["publish", "sound.json", "2099.06.json", "--to", "site", "--check"]),
        ("certmark-imported-history", ["import-history", "interop"]),
        ("certmark-coverage", ["coverage", "2026.11", "--list", SURVEY, "--gaps", "--runs", RUN, "--before", SURVEY]),
        ("certmark-coverage", ["coverage", "sound.json", "--list", SURVEY]),
        ("certmark-score-report", ["score", "a.txt", "--what-if", "complete=10", "--scorer", "Ann"]),
        ("certmark-score-report", ["score", "a.txt", "b.txt", "2026.11"]),
        ("certmark-score-report", ["score", "2026.11", "--evidence", "--last", "2026.11", "--runs", RUN]),
        ("certmark-criteria", ["score", "--list-criteria"]),
    ],
)
def test_json_is_what_its_schema_promises(document_of: Callable[..., Any], name: str, words: list[str]) -> None:
    document = document_of(*words)
    assert (document["format"], document["version"]) == (name, 1)
    jsonschema.validate(document, schema(name), cls=jsonschema.Draft202012Validator)


FORMATS = (
    *("certmark-guideline-brief", "certmark-project-checklist", "certmark-site-difference"),
    *(
        "certmark-imported-history",
        "certmark-coverage",
        "certmark-criteria",
        "certmark-findings",
        "certmark-guideline-capabilities",
    ),
    *("certmark-guideline-changes", "certmark-guideline-programs", "certmark-guideline-tests", "certmark-guidelines"),
    "certmark-guideline-impact",
    "certmark-guideline-verification",
    "certmark-publication",
    "certmark-score-report",
)


@pytest.mark.parametrize("name", FORMATS)
def test_a_schema_is_sound_closed_and_in_snake_case(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    for part in objects(schema(name)):
        assert "additionalProperties" in part, part
        assert [key for key in part.get("properties", {}) if key != key.lower() or "-" in key or " " in key] == []


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("type") == "object":
            yield part
        for inner in part.values():
            yield from objects(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from objects(inner)
