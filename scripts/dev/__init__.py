"""Developer commands: generation, scans, tests, evidence. The `orderflow` command imports nothing from here."""
