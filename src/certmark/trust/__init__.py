"""Keys, signed envelopes, attestations, the append-only log: bytes and a key policy -> who said it, or a refusal."""
