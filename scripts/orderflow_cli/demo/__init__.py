"""The steps of `orderflow demo`: send traffic from every producer, wait until the system is idle, and report."""
