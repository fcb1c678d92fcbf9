"""JUnit XML, in the spellings of those who write it: Tempest's tools, pytest, Ginkgo, surefire.

There is no standard; what is read and written follows what these tools do. `junit.cases` says how
a test's name is made of its two attributes, and what its elements mean.
"""

from certmark.formats.results.junit.reading import read_junit
from certmark.formats.results.junit.suites import write_junit

__all__ = ["read_junit", "write_junit"]
