"""The AWS calls of a deployment: recorded on the local cloud, and compared with the grants of terraform/bootstrap."""
