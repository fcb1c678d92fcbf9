"""Lint, coverage and scores of guidelines."""
