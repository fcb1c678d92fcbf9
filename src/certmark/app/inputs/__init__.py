"""What a person names, read: guidelines, results, waivers, signers, keys, scores, runs, suites."""
