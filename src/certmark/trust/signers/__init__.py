"""Who may say what: allowed signers, policies."""
