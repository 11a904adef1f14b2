"""The local cloud: the emulator, the simulators beside it, what Terraform applied to it, and how to talk to it."""
