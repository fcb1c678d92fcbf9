"""Users for tests: made, checked, removed."""
