"""The command line: the verbs of results."""
