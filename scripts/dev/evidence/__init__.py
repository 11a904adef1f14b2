"""Evidence: which tests prove each feature in tests/evidence.toml."""
