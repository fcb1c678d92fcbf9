"""The command line: suites."""
