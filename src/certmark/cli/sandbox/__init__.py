"""The command line: the verbs of the sandbox."""
