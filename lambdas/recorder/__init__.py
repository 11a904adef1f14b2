"""Applies the events on the bus to the state of orders, with at most one conditional write per event."""
