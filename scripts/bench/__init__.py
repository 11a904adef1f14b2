"""Programs that measure the running system."""
