"""Coverage of a guideline, shown."""
