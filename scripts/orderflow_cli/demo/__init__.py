"""The steps of `orderflow demo`: send orders and invalid requests, wait until the system is idle, and report."""
