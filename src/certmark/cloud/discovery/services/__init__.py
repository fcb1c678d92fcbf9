"""What each service of a cloud is asked for the configuration."""
