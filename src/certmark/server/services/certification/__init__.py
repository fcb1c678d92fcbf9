"""What people do with applications, certificates and cases: one function for each, one transaction each."""
