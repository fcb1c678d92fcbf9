"""The command line: the working group's verbs."""
