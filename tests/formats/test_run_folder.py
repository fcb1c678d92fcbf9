"""Names and orders of a run's folder."""

from __future__ import annotations

import os
import random
from pathlib import Path

from certmark.formats.run_folder import STREAMS, written_last
from certmark.runner.loading import stream_paths


def test_streams_of_one_moment_are_in_the_order_of_their_names_however_a_folder_lists_them(tmp_path: Path) -> None:
    folder = tmp_path / STREAMS
    folder.mkdir()
    names = [f"w{number}-a1.subunit" for number in (3, 0, 2, 1)]
    for name, moment in zip(names, (7, 7, 7, 5), strict=True):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, ns=(moment, moment))
    expected = ["w1-a1.subunit", "w0-a1.subunit", "w2-a1.subunit", "w3-a1.subunit"]
    assert [path.name for path in stream_paths(tmp_path)] == expected
    paths = [folder / name for name in names]
    for seed in range(5):
        random.Random(seed).shuffle(paths)  # noqa: S311 - an order, not a secret
        assert [path.name for path in sorted(paths, key=written_last)] == expected
