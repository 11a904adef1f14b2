# Everything that sets this environment apart from the others.
locals {
  project     = "orderflow"
  environment = "dev"
  region      = "eu-west-1"

  # Fill in the account that this environment may be applied to; null takes any.
  account_ids = null
  emulated    = false

  storefront = {
    customer_identity = "jwt"
    jwt = {
      issuer   = "https://identity.example.com/dev"
      audience = ["storefront"]
      scopes   = ["orders"]
    }
    browser_origins = []
    rate_limit      = 50
    burst_limit     = 100
  }

  webhooks = { rate_limit = 20, burst_limit = 50 }

  # null leaves the carrier to be told another way.
  payment_provider_endpoint = "https://dev.payments.example.com"
  carrier_endpoint          = null
  partner_calls_per_second  = 5

  orders = {
    payment_term_seconds = 900
    deadline_check       = "rate(5 minutes)"
    retention_days       = 30
  }

  # Events of AWS services that our bus gets, too, by name: see terraform/pipeline/14_aws_services.tf.
  forwarded_events = {}

  # One more function that reads the orders' stream itself, by name: see terraform/pipeline/41_stream_reader.tf.
  stream_readers = {}

  # Further subscribers of the topics, by name: see terraform/modules/subscriptions.
  subscriptions        = {}
  notice_subscriptions = {}

  sizing = {}

  # Every event as JSON lines in a bucket, by date and type; null for none.
  analytics = null

  schema_registry = true

  retention = { log_days = 14, archive_days = 7, till_file_days = 30 }

  deletion_protection = false

  alarm_destinations = {}
}
