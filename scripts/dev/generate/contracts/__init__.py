"""Generators of the files derived from the contract schemas.

schemas -> bundle (references inlined) -> validators, Draft 4 schemas for the registry, typed dictionaries, catalog."""
