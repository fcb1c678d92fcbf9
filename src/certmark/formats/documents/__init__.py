"""Documents of strangers, read with bounds."""
