"""What the commands `send`, `tail` and `compare` do."""
