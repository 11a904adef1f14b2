"""Builds the functions' deployment packages and plans the environments."""
