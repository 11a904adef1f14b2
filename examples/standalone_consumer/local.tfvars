# For the local cloud: `scripts/orderflow-dev terraform --local examples/standalone_consumer -- apply -var-file=local.tfvars`
environment         = "local"
deletion_protection = false

# What the emulator does not do as AWS does, as in terraform/environments/local/settings.tf.
emulator_gaps = {
  condition_keys = ["aws:SecureTransport"]
}
