"""A verdict, shown."""
