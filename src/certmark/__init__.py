"""Certmark: the software of an interoperability certification programme for clouds."""

__version__ = "0.1.0"
