"""What guidelines were found to be, shown: lines that editors follow, JSON, SARIF, JUnit XML, annotations of GitHub."""
