"""Causes: what many misses have in common.

Messages of one fault differ in ids, addresses and numbers; the cause is what stays.
"""

from __future__ import annotations

import re

# Patterns as text: re compiles and keeps them when the first miss asks; most runs have none.
_NOISE = (
    (r"(?i)\b(?:req-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\btx[0-9a-f]{21}-[0-9a-f]{10}[\w-]*", "<id>"),
    (r"(?i)0x[0-9a-f]+", "<address>"),
    (r"https?://[^\s'\"<>]+", "<url>"),
    (r"(?i)\b[0-9a-f]{16,}\b", "<id>"),
    (r"\b\d+(?:\.\d+){3}\b", "<address>"),
    (r"(?<=[-_])\d{6,}\b", "<n>"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?", "<time>"),
    (r"\b\d+\.\d+\b", "<n>"),
    (r"\b\d{4,}\b", "<n>"),
    (r"\s+", " "),
)


def cause_of(reason: str) -> str:
    """`reason` with what differs from case to case replaced by words such as `<id>`; bounded."""
    text = reason[:1000]
    for pattern, word in _NOISE:
        text = re.sub(pattern, word, text)
    return text.strip()[:300]
