"""Results of test suites, one module or package per format."""
