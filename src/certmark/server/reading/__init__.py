"""Strangers' bytes are read in processes of their own, with bounds of memory and time: messages, reader, pool."""
