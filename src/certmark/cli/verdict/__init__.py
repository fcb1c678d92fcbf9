"""The command line: judging, and judging again."""
