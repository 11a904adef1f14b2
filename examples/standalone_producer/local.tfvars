# For the local cloud: `scripts/orderflow-dev terraform --local examples/standalone_producer -- apply -var-file=local.tfvars`
environment = "local"
