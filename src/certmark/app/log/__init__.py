"""Logs: begun, appended to, audited; and witnesses, who cosign them."""
