"""Generators of all generated files in the repository."""
