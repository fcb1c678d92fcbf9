"""What a server keeps in its database: tables and statements; rows become values at this door."""
