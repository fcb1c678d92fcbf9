"""Judging, and judging again."""
