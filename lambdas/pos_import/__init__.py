"""Imports till files: one OrderPlaced per receipt, already paid. README.md specifies the file format."""
