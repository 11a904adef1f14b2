"""Benchmarks of the functions, the tools and the local cloud."""
