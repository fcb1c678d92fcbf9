"""Every page on guidelines."""

from __future__ import annotations

from certmark.server.web.guidelines import (
    capabilities,
    compared,
    guideline,
    impact,
    index,
    program,
    programmes,
    reports,
)

_TABLES = (index, guideline, program, compared, impact, capabilities, programmes, reports)
PAGES = tuple(page for table in _TABLES for page in table.PAGES)
