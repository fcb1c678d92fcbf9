"""A class that does not end, and takes a process along."""

import os
import subprocess
import time
import unittest
from pathlib import Path


class Hangs(unittest.TestCase):
    def test_hangs(self) -> None:
        with Path(os.environ["TOY_PIDS"]).open("a", encoding="utf-8") as file:
            sleeper = subprocess.Popen(["sleep", "300"])
            file.write(f"{os.getpid()}\n{sleeper.pid}\n")
        time.sleep(300)
