"""What people see in a browser of signing in: pages without scripts."""
