"""A run that goes on, shown."""
