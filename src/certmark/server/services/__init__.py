"""What a person or a program can do with the server: a function each, one transaction each, whoever asks a value."""
