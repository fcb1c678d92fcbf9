"""The arguments that the verbs of the sandbox share; light, for `--help` needs no more."""

from __future__ import annotations

import argparse

PROFILES = ("object-storage", "compute")
"""The profiles; a test compares them with what the sandbox has."""


def add_which(parser: argparse.ArgumentParser) -> None:
    """Which sandbox is meant."""
    parser.add_argument("--profile", choices=PROFILES, help="of which kind (default: the one that there is)")
    parser.add_argument("--folder", metavar="DIR", help="where it lies (default: in the state folder of Certmark)")
