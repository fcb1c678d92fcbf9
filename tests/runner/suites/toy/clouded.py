"""Classes whose cloud is away as long as the file TOY_AWAY is there."""

import os
import unittest
from pathlib import Path


class _Clouded(unittest.TestCase):
    """Each test asks the cloud; TOY_LOG names those that began."""

    def _ask(self) -> None:
        with Path(os.environ["TOY_LOG"]).open("a", encoding="utf-8") as file:
            file.write(f"{self.id()}\n")
        _ask()


def _ask() -> None:
    if Path(os.environ["TOY_AWAY"]).exists():
        raise ConnectionRefusedError(111, "Connection refused")


class First(_Clouded):
    def test_1(self) -> None:
        self._ask()

    def test_2(self) -> None:
        self._ask()


class Second(First):
    pass


class Third(First):
    pass


class Genuine(_Clouded):
    def test_1(self) -> None:
        self.fail("Details: 500")


class TornDown(_Clouded):
    def test_1(self) -> None:
        """It passes, and then the cloud goes away."""
        goes = Path(os.environ.get("TOY_GOES", os.devnull))
        if goes.is_file():
            Path(os.environ["TOY_AWAY"]).touch()
            if goes.read_text(encoding="utf-8") == "once":
                goes.unlink()

    @classmethod
    def tearDownClass(cls) -> None:
        _ask()
