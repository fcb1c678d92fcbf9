"""The command line: verbs that speak with a server."""
