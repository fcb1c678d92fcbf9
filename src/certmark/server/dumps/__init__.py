"""Everything of a server in one folder, whatever its database and its store are: written, and brought back."""
