"""The command line: what a person does with a cloud before and after a run."""
