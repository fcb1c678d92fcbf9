"""Changes to the text of a guideline, in JSON or YAML, that keep every byte which they do not mean."""
