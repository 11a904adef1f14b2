"""The local cloud: the emulator, the simulators, the applied Terraform configuration and clients."""
