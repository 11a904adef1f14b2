# For the local cloud: `scripts/orderflow-dev terraform --local examples/standalone_consumer -- apply -var-file=local.tfvars`
environment         = "local"
deletion_protection = false
