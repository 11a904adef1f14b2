"""Takes the signed calls of payment provider and carrier and publishes them as events. README.md is for the callers."""
