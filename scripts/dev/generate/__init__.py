"""Everything in the repository that is generated from sources."""
