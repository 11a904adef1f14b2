"""Reserves stock for an order, all or nothing, ships paid orders, and releases the stock of cancelled ones."""
