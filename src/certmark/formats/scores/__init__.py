"""Score sheets, tables (CSV), our own documents of marks, and a guideline's achievements."""
