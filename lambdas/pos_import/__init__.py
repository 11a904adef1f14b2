"""Imports till files: publishes receipts as OrderPlaced events of paid orders. README.md specifies the format."""
