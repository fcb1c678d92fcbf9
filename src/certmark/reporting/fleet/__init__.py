"""Many clouds, shown."""
