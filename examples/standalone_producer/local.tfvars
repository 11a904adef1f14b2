# For the local cloud: `scripts/orderflow-dev terraform --local examples/standalone_producer -- apply -var-file=local.tfvars`
environment = "local"

# What the emulator does not do as AWS does, as in terraform/environments/local/settings.tf.
emulator_gaps = {
  condition_keys = ["aws:SecureTransport", "events:source", "events:detail-type"]
}
