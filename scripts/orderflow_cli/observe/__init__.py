"""Observes a running system: traces of orders, the status, snapshots of all stores, and their invariants."""
