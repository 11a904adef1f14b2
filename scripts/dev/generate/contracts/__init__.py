"""From the contract schemas to everything that is generated from them.

schemas -> bundle (references inlined) -> validators, Draft-4 schemas for the registry, typed dictionaries, catalog."""
