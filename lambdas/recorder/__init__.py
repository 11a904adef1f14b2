"""Turns the events on the bus into the state of an order: one conditional write per event."""
