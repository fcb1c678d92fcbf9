"""Runs of many clouds at once."""
