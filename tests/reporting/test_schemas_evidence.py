"""The JSON of `bundle`, `results` and `replay` is what its schema says."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from certmark.cli.main import main
from certmark.evidence.bundle import write_bundle
from support.recorded_run import NAMES, PASSWORD, RUN, record_run, stream_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PASS, BROKEN, COMPUTE = (
    str(EXAMPLES / name)
    for name in ("object-storage-pass.subunit", "object-storage-broken.subunit", "compute.subunit.gz")
)
FORMATS = (
    "certmark-bundle", "certmark-bundle-preview", "certmark-bundle-verification", "certmark-replay",
    "certmark-results-diff", "certmark-results-summary",
)  # fmt: skip


def schema(name: str) -> Any:
    return json.loads((files("certmark") / "data" / "schemas" / "output" / f"{name}.json").read_text(encoding="utf-8"))


def checked(capsys: pytest.CaptureFixture[str], name: str, *words: str) -> Any:
    """What the verb writes, held to the schema of its format."""
    capsys.readouterr()
    main(words)
    document = json.loads(capsys.readouterr().out)
    assert list(document)[:2] == ["format", "version"]
    assert (document["format"], document["version"]) == (name, 1)
    jsonschema.Draft202012Validator(schema(name)).validate(document)
    return document


@pytest.mark.parametrize("name", FORMATS)
def test_each_schema_is_one_and_allows_nothing_else(name: str) -> None:
    document = schema(name)
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["properties"]["format"] == {"const": name}
    for inner in [document, *document.get("$defs", {}).values()]:
        if inner.get("type") == "object" and "properties" in inner:
            assert inner["additionalProperties"] is False
    assert not jsonschema.Draft202012Validator(document).is_valid({"format": name, "version": 1})


def test_bundles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = record_run(tmp_path / "run")
    path = write_bundle(run)
    shown = checked(capsys, "certmark-bundle", "bundle", "show", path, "--json")
    assert (shown["run"], [one["what"] for one in shown["removed"]]) == (RUN, ["admin_password"])
    assert checked(capsys, "certmark-bundle-verification", "bundle", "verify", path, "--json")["holds"] is True
    assert checked(capsys, "certmark-bundle-preview", "bundle", "preview", str(run), "--json")["secrets"] == []
    with (run / "streams" / "w0-a1.subunit").open("ab") as stream:
        stream.write(PASSWORD.encode())
    assert len(checked(capsys, "certmark-bundle-preview", "bundle", "preview", str(run), "--json")["secrets"]) == 1


@pytest.mark.parametrize("results", [PASS, BROKEN, COMPUTE])
def test_results(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    checked(capsys, "certmark-results-summary", "results", "show", results, "--json", "--quiet")
    checked(capsys, "certmark-results-diff", "results", "diff", results, BROKEN, "--json", "--quiet")


def test_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = record_run(tmp_path / "run", stream=stream_of(failing=NAMES[0]))
    other = tmp_path / "other.txt"
    other.write_text("a.Second.test\na.Third.test\n", encoding="utf-8")
    same = checked(capsys, "certmark-replay", "replay", str(run), "--json", "--quiet")
    assert same["before"] == same["after"]
    checked(capsys, "certmark-replay", "replay", str(run), "-g", str(other), "--json", "--quiet")
