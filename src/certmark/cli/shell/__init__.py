"""The command line in a person's shell."""
