"""Certificates and status lists: JSON <-> values. Who signed them is for `trust.certificates`."""
