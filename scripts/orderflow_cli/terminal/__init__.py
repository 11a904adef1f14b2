"""What the terminal sends, follows, finds and measures."""
