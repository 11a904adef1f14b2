"""The permission ledger: the functions' grants, and which of them were used."""
