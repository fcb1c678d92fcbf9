"""Guidelines and their changes, shown."""
