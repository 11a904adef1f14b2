"""What a deployment asks of AWS: recorded on the local cloud, and held against what terraform/bootstrap grants."""
