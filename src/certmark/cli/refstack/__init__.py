"""The command line: the verbs of RefStack's client, for scripts that exist."""
