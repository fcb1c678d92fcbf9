"""The server: receives evidence and results, keeps them, judges them, answers programs and people."""
