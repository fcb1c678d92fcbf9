"""Applications, certificates and cases in the database, and what happened to them."""
