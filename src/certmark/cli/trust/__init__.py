"""The command line: keys, signatures, verification, approvals of waivers."""
