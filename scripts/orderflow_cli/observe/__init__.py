"""Observes a running system: the trace of an order, a snapshot of all stores, its invariants."""
