"""Asks for payments and refunds, and keeps the append-only ledger of the money that moved."""
