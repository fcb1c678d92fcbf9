"""Standing orders: when a cloud is to be tested, and who tests it."""
