"""Runs a suite in its own environment: selection, scheduling, journal; says what happens as events."""
