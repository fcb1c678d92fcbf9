"""Classes that take their process with them."""

import os
import signal
import unittest


class Exits(unittest.TestCase):
    def test_a_before(self) -> None:
        """It passes."""

    def test_exits(self) -> None:
        os._exit(3)

    def test_never(self) -> None:
        """It is never run."""


class Segfaults(unittest.TestCase):
    def test_segfaults(self) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)
