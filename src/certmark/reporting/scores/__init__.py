"""Scores, shown."""
