"""Guidelines of every kind, read into one shape and written back as they were.

Interop guidelines of the schemas 1.0 and 1.2 to 2.0 (JSON), Kubernetes' conformance list (YAML)
and plain lists of tests. What a file means is decided by its content and the end of its name;
nothing in it is repaired.
"""

from certmark.formats.guideline.loading import load
from certmark.formats.guideline.reading import read, write
from certmark.formats.guideline.shipped import DEFAULT, shipped

__all__ = ["DEFAULT", "load", "read", "shipped", "write"]
