"""What is put together for this subject."""
