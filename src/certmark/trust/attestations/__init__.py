"""What is signed: statements and their predicates."""
