"""The studio page: the live flow, every order's trace, failures and their repair. Served on loopback only."""
