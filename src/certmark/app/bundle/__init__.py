"""Evidence bundles: shown, checked, previewed, revealed."""
