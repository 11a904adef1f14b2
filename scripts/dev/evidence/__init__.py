"""Evidence: which test proves which source, rule, target and protocol."""
