"""Classes that fail in every way that one can see in a stream."""

import unittest


class Fails(unittest.TestCase):
    def test_fails(self) -> None:
        self.fail("seven is not eight")

    def test_skips(self) -> None:
        self.skipTest("no such feature")

    def test_passes(self) -> None:
        """It passes."""

    @unittest.expectedFailure
    def test_expected(self) -> None:
        self.fail("known")


class NoFixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        raise RuntimeError("no credentials")

    def test_never(self) -> None:
        """It is never run."""


class SkippedFixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        raise unittest.SkipTest("no such service")

    def test_never(self) -> None:
        """It is never run."""


class NoCleanUp(unittest.TestCase):
    @classmethod
    def tearDownClass(cls) -> None:
        raise RuntimeError("left behind")

    def test_passes(self) -> None:
        """It passes."""
