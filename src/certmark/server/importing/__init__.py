"""A RefStack server's database, taken into this server: from the living database, or from a dump of it.

`tables` says what is asked of it, `live` and `staged` ask, `dump_text` and `dump_values` read dumps, `repairs` mends
what was written wrong; `people`, `products` and `results` (each as it is `there`) take the rows over, `refstack` runs
all of it, `world` is what they share, `outcome` says what came of it.
"""
