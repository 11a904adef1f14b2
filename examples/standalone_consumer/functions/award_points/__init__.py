"""A consumer of another team: points for delivered orders."""
