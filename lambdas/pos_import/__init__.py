"""Imports till files: one OrderPlaced per receipt, already paid. README.md is for those who write the files."""
