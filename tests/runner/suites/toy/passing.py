"""A class that passes, with a fixture that says how often it ran."""

import unittest


class Good(unittest.TestCase):
    set_up = 0

    @classmethod
    def setUpClass(cls) -> None:
        cls.set_up += 1

    def test_a(self) -> None:
        assert self.set_up == 1

    def test_b(self) -> None:
        assert self.set_up == 1

    def test_c(self) -> None:
        """Nobody asks for it."""
        self.fail("not asked for")


class Other(unittest.TestCase):
    def test_a(self) -> None:
        """It passes."""
