"""One cloud, seen through its APIs: credentials, discovery, configuration, accounts."""
