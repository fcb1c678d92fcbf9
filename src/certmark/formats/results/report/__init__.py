"""The format `certmark-report`: a verdict with all that it was made of, written and read back."""
