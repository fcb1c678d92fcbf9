"""Causes: what many misses have in common.

Messages of one fault differ in ids, addresses and numbers; the cause is what stays.
"""

from __future__ import annotations

import re

_NOISE = (
    (
        re.compile(r"\b(?:req-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE),
        "<id>",
    ),
    (re.compile(r"\btx[0-9a-f]{21}-[0-9a-f]{10}[\w-]*"), "<id>"),
    (re.compile(r"0x[0-9a-f]+", re.IGNORECASE), "<address>"),
    (re.compile(r"https?://[^\s'\"<>]+"), "<url>"),
    (re.compile(r"\b[0-9a-f]{16,}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b\d+(?:\.\d+){3}\b"), "<address>"),
    (re.compile(r"(?<=[-_])\d{6,}\b"), "<n>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?"), "<time>"),
    (re.compile(r"\b\d+\.\d+\b"), "<n>"),
    (re.compile(r"\b\d{4,}\b"), "<n>"),
    (re.compile(r"\s+"), " "),
)


def cause_of(reason: str) -> str:
    """`reason` with what differs from case to case replaced by words such as `<id>`; bounded."""
    text = reason[:1000]
    for pattern, word in _NOISE:
        text = pattern.sub(word, text)
    return text.strip()[:300]
