"""Another team's producer: publishes a marketplace's orders as OrderPlaced."""
