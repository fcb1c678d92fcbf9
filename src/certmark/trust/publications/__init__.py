"""Published guidelines: what is signed of them, and whether it may be believed."""
