"""A payment provider and a carrier for the local cloud: loopback only, on a seed, never part of a zip."""
