"""Requests payments and refunds, and keeps the append-only ledger of money movements."""
