"""Reserves all or none of an order's stock, ships paid orders, and releases the stock of cancelled ones."""
