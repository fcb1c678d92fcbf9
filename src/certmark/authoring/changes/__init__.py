"""Changes that an author means, each decided by the rules of the process: from a guideline to edits, or a refusal."""
