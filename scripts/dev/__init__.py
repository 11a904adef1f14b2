"""Developer commands: generation, scans, tests, evidence. The `orderflow` command does not import this package."""
