"""The whole history of results as columns of bits over runs: what is asked of all runs at once.

No network, no SQL; numpy is taken for granted in here (the extra `corpus`).
"""
