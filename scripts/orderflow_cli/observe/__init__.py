"""What happened in a running system: the trace of an order, a snapshot of all stores, the invariants over it."""
