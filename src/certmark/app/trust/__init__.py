"""Keys, signing, verifying, approving waivers."""
