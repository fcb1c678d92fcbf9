"""What was found of a cloud, shown."""
