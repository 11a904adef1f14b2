"""What `orderflow demo` does: traffic from every producer, a wait until the system is quiet, and a report."""
