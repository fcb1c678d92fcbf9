"""Verbs of logs, for those who keep one and for witnesses."""
