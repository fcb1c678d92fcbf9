"""The command line: the runs on this machine."""
