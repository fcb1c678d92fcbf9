"""Every page on guidelines."""

from __future__ import annotations

from certmark.server.web.guidelines import capabilities, compared, guideline, index, program

PAGES = (*index.PAGES, *guideline.PAGES, *program.PAGES, *compared.PAGES, *capabilities.PAGES)
