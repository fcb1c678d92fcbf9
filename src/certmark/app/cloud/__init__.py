"""What is done with a cloud before and after a run."""
