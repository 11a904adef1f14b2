"""The studio page, served on loopback only: the live flow, traces of orders, failures and their repair."""
