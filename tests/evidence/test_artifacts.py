"""What is signed, at hand: measured before it is understood."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from certmark.evidence.artifacts import Artifact, artifact_of
from certmark.evidence.bundle import write_bundle
from certmark.formats.errors import FormatError
from certmark.formats.sources import FileSource
from support.recorded_run import RUN, record_run


def test_a_bundle_a_report_and_another_file_are_told_apart(tmp_path: Path) -> None:
    run = record_run(tmp_path / "run")
    with artifact_of(write_bundle(run)).open() as opened:
        assert opened.bundle is not None
        assert (opened.bundle.manifest.run, opened.report) == (RUN, None)
    with artifact_of(str(run / "report.json")).open() as opened:
        assert opened.bundle is None
        assert opened.report is not None
        assert opened.report.data == (run / "report.json").read_bytes()
    with artifact_of(str(run / "suite" / "tests.txt")).open() as opened:
        assert (opened.bundle, opened.report) == (None, None)
        assert opened.target.name == "tests.txt"


def test_it_is_measured_without_being_understood_and_may_lie_anywhere() -> None:
    data = b"\x1f\x8b damaged"
    artifact = Artifact(FileSource("it.tar.gz", lambda: cast("BinaryIO", io.BytesIO(data))))
    assert artifact.target == ("it.tar.gz", hashlib.sha256(data).hexdigest(), len(data))
    with pytest.raises(FormatError):
        artifact.open()
