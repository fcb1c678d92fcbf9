"""`python -m certmark`: the same as the command `certmark`."""

from certmark.cli.main import run

run()
