"""Classes that take a moment."""

import os
import time
import unittest
from pathlib import Path


class _Slow(unittest.TestCase):
    """TOY_LOG: a file that names the tests that began; TOY_GATE: one that they wait for, all but the first TOY_FREE."""

    def _wait(self) -> None:
        path = os.environ.get("TOY_LOG")
        if path:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"{self.id()}\n")
            begun = len(Path(path).read_text(encoding="utf-8").splitlines())
            while (
                begun > int(os.environ.get("TOY_FREE", "0"))
                and "TOY_GATE" in os.environ
                and not Path(os.environ["TOY_GATE"]).exists()
            ):
                time.sleep(0.01)
        time.sleep(float(os.environ.get("TOY_SECONDS", "0.2")))


class Slow1(_Slow):
    def test_1(self) -> None:
        self._wait()

    def test_2(self) -> None:
        self._wait()

    def test_3(self) -> None:
        self._wait()


class Slow2(Slow1):
    pass


class Slow3(Slow1):
    pass


class Slow4(Slow1):
    pass
