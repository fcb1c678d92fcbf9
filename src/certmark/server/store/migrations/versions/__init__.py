"""The steps, each called by its number."""
