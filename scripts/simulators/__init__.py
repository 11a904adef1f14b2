"""A payment provider and a carrier for the local cloud: loopback only, never part of a zip."""
