"""Ends payment terms: a schedule publishes an event for every order whose payment is overdue."""
