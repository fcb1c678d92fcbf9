"""The language in which people ask for runs: what can be said, how it is written, and how it is read."""
