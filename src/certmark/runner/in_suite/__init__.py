"""Runs inside the suite's interpreter: standard library only, and no newer Python than a suite may stand on.

`survey_main.py` puts this folder's parent on the path for as long as it is imported; imports inside are relative.
"""
