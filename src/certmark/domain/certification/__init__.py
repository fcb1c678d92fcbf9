"""From an application to a certificate, as values: rules of programmes, checks, states, what holds at a moment."""
