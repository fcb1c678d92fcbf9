"""Certification: what people decide of a product version, and what becomes of it."""
