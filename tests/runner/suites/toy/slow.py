"""Classes that take a moment."""

import os
import time
import unittest
from pathlib import Path


class _Slow(unittest.TestCase):
    def _wait(self) -> None:
        path = os.environ.get("TOY_LOG")
        if path:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"{self.id()}\n")
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
