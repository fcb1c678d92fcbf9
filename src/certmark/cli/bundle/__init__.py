"""The command line: the verbs of evidence bundles."""
