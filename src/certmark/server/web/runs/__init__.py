"""Pages of runs: lists, one run, its tests and files, two runs beside each other."""
