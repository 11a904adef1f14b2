"""The permission ledger: which grants the functions have, and which of them were used."""
