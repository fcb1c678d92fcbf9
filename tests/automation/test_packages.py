"""What is published: the same source gives the same bytes, and they have what belongs in them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from support.automation import ROOT

pytestmark = pytest.mark.thorough  # tools of other worlds, to which our libraries' versions are nothing


def built(kind: str, folder: Path, day: int) -> Path:
    """A distribution of this checkout, made while the clock of files says another day."""
    words = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "TZ": f"UTC+{day}"}
    )
    if "No module named hatchling" in done.stderr:
        pytest.skip("hatchling is not in this environment")
    assert done.returncode == 0, done.stderr
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_the_same_source_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    paths = [built(kind, tmp_path / str(day), day) for day in (1, 2)]
    assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}) == 1
    if kind == "wheel":
        with zipfile.ZipFile(paths[0]) as wheel:
            names = wheel.namelist()
            extras = {
                line.partition(": ")[2]
                for line in wheel.read("certmark-0.1.0.dist-info/METADATA").decode().splitlines()
                if line.startswith("Provides-Extra")
            }
        assert {"server", "postgresql", "s3"} <= extras
        assert [name for name in names if not name.startswith(("certmark/", "certmark-"))] == []
        assert "certmark/py.typed" in names
    else:
        with tarfile.open(paths[0]) as source:
            names = [name.partition("/")[2] for name in source.getnames()]
        assert {"automation/client/Containerfile", "requirements/run.txt", "dev", "LICENSE"} <= set(names)
        assert [name for name in names if "__pycache__" in name or ".cache" in name] == []
