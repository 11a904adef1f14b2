"""Generators of the repository's generated files."""
