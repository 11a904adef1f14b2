"""The studio page, served only on loopback: the live flow, traces of orders, failures and their repair."""
