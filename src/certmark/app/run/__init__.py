"""Testing a cloud: prepare, execute, finish, go on."""
