"""A server's HTTP API seen from outside: typed, with retries, and its refusals in its own words."""
