"""Work outside of requests: how it is taken and done, and what each kind does."""
