"""Sonobuoy's tarball: what the plugins of a cluster's report said of their tests."""

from certmark.formats.results.sonobuoy.reading import read_sonobuoy

__all__ = ["read_sonobuoy"]
