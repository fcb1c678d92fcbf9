"""The version of Certmark: by itself, so that every room may name it."""

__version__ = "0.1.0"
