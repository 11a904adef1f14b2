"""Reserves the stock of an order, all or none, ships paid orders, and releases the stock of cancelled ones."""
