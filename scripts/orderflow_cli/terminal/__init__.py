"""Implementation of the commands `send`, `tail` and `compare`."""
