"""What the small suite lists: everything that does not crash when it is imported."""

import unittest
from typing import Any


def load_tests(loader: unittest.TestLoader, _tests: Any, _pattern: Any) -> unittest.TestSuite:
    names = ("passing", "troubles", "crashes", "hangs", "slow")
    return unittest.TestSuite(loader.loadTestsFromName(f"toy.{name}") for name in names)
