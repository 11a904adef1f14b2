"""Opens cases for customer support, and sends customers short notices about their orders."""
