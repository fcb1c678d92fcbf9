"""A RefStack server's database, taken into this server: from the living database, or from a dump of it.

`tables` says what is asked of it, `live` and `staged` ask, `dump_text` reads dumps, `repairs` mends what was written
wrong; `people`, `products` and `results` take the rows over, `refstack` runs all of it, `outcome` says what came of it.
"""
