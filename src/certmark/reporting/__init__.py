"""Values -> text, terminal, Markdown, HTML, JUnit, SARIF, JSON."""
