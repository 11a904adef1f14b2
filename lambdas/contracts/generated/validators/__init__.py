"""One module per event type and version."""
