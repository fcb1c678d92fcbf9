"""The working group's side: lint, coverage, score. Files in, findings out; no network."""
