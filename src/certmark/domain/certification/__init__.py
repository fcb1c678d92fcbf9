"""From a product to a certificate that anybody can check: what may happen, who may do it, and by when.

Four things never share a field: the *verdict* is computed, a *review* is an opinion, a *certificate* is a decision
with dates, and its *standing* is what the clock, later runs, challenges and revocations make of it today.
"""
