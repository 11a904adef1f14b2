"""What `orderflow demo` does: sends traffic from every producer, waits until the system is idle, and reports."""
