"""The permission ledger: what every role may do, what the functions did, and the list in docs/permissions.md."""
