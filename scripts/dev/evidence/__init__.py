"""Evidence: which tests prove that each source, rule, target and protocol works."""
