"""A module that does not import."""

raise ImportError("a library is missing")
