"""A programme's trust as signed documents: who may sign what, and what was revoked."""
