"""What a verdict rests on: bundles, secrets, judging again."""
