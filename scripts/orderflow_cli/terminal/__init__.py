"""The work of the commands `send`, `tail` and `compare`."""
