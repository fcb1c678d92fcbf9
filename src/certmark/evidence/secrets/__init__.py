"""Secrets in what leaves a machine: found, masked, taken out, disclosed."""
