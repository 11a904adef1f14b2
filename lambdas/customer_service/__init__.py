"""Opens cases for customer support, and sends short notices about orders to customers."""
