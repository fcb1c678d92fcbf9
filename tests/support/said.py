"""A command as a person runs it: what it said, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from certmark.cli.main import main


class Said:
    """What a command said, and how it ended."""

    def __init__(self, words: Sequence[object], capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        self.status = main([str(word) for word in words])
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> Any:
        """What was written, which keeps to the schema of its format."""
        document = json.loads(self.out)
        schema = json.loads((files("certmark.data") / "schemas" / "output" / f"{document['format']}.json").read_bytes())
        Draft202012Validator(schema).validate(document)
        return document
