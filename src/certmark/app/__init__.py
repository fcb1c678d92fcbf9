"""What a person can do, one module each: a typed request in, a typed result and events out."""
