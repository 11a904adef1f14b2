"""Publishes, on a schedule, an event for every order whose payment is overdue."""
