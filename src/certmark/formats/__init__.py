"""Bytes to domain values and back: one module or package per format; no network, no database."""
