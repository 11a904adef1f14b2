"""Imports till files: publishes the OrderPlaced event of a paid order per receipt. README.md specifies the format."""
