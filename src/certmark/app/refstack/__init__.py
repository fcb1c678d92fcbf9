"""What the client of RefStack did: uploads, and runs that end in one."""
