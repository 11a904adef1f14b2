"""Imports till files: one OrderPlaced event per receipt, which is already paid. README.md specifies the format."""
