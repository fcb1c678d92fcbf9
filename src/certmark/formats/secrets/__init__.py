"""What a secret looks like and what one is called: one set of rules for streams, reports and configuration."""
