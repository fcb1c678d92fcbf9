"""Who said it, and whether it holds: step by step, or a refusal."""
