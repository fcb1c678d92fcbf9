"""What would make a run fail on this cloud, found before anything runs.

Each subject has a module with a `look…` that asks (reading requests only) and a `judge…` that turns
the answers and the needs of the selected tests into findings; `examination` does all of it side by
side. `kinds` has the table of everything that can be found. Nothing is made, changed or removed.
"""
