"""Keys: values, what the library does with them, files, the agent."""
