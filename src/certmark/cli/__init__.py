"""One module per verb; the only room on this side that prints and exits."""
