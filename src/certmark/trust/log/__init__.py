"""The append-only log: tree, notes, checkpoints, receipts, files."""
