"""Applies the events on the bus to the state of orders, with one conditional write per event."""
