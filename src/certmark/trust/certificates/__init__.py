"""Certificates and status lists under a programme's signature."""
