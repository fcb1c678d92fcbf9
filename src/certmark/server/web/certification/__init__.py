"""The desk of certification: applying, reviewing, certificates from inside, cases, programmes and their rulebooks."""
