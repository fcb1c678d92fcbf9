"""tempest.conf from what a cloud tells of itself."""
