"""The command line: testing clouds: run, resume, rerun, fleets, demo."""
