"""The permission ledger: what the functions may do, and what they used of it."""
