"""Scripts that the interpreter of the services runs; they import nothing of Certmark."""
