"""Receives signed webhook calls of payment provider and carrier and publishes them as events. See README.md."""
