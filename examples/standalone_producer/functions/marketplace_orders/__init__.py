"""A producer of another team: a marketplace's orders become orders of the system."""
