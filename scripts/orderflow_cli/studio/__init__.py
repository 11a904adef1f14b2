"""The page: the flow live, every order's trace, what failed and how to repair it. Served on loopback alone."""
