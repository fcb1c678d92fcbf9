"""What an operator does with a server: one module per verb of `certmark-server`."""
