"""Ends payment terms: publishes, on a schedule, an event for every order whose payment is overdue."""
