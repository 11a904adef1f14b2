"""Receives signed webhook calls from the payment provider and the carrier, and publishes them as events."""
