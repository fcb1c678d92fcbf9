"""Linting guidelines: rules, checks, positions, repairs."""
