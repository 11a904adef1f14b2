"""Terminal commands that send, follow, find and measure."""
