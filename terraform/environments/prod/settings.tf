# Everything that sets this environment apart from the others.
locals {
  project     = "orderflow"
  environment = "prod"
  region      = "eu-west-1"

  # Fill in the account that this environment may be applied to; null takes any.
  account_ids = null
  emulated    = false

  storefront = {
    customer_identity = "jwt"
    jwt = {
      issuer   = "https://identity.example.com/prod"
      audience = ["storefront"]
      scopes   = ["orders"]
    }
    browser_origins = []
    rate_limit      = 1000
    burst_limit     = 2000
  }

  webhooks = { rate_limit = 500, burst_limit = 1000 }

  # null leaves the carrier to be told another way.
  payment_provider_endpoint = "https://payments.example.com"
  carrier_endpoint          = null
  partner_calls_per_second  = 100

  orders = {
    payment_term_seconds = 1800
    deadline_check       = "rate(5 minutes)"
    retention_days       = 400
  }

  # Events of AWS services that our bus gets, too, by name: see terraform/pipeline/14_aws_services.tf.
  forwarded_events = {}

  # One more function that reads the orders' stream itself, by name: see terraform/pipeline/41_stream_reader.tf.
  stream_readers = {}

  # Further subscribers of the topics, by name: see terraform/modules/subscriptions.
  subscriptions        = {}
  notice_subscriptions = {}

  # The sum, and 100 more that Lambda keeps free, must fit the account's quota of concurrent executions.
  sizing = {
    storefront_api   = { memory_mb = 1024, reserved_concurrency = 200 }
    webhooks         = { memory_mb = 1024, reserved_concurrency = 100 }
    pos_import       = { reserved_concurrency = 5 }
    payment_deadline = { reserved_concurrency = 2 }
    recorder         = { reserved_concurrency = 50, maximum_concurrency = 50 }
    relay            = { reserved_concurrency = 40, parallelization_factor = 4 }
    finance          = { reserved_concurrency = 20, maximum_concurrency = 20 }
    warehouse        = { reserved_concurrency = 20, maximum_concurrency = 20 }
    customer_service = { reserved_concurrency = 20, maximum_concurrency = 20 }
  }

  # Every event as JSON lines in a bucket, by date and type; null for none. The files hold addresses: how many days they stay,
  # { retention_days = 400 }, is for those to say who answer for personal data.
  analytics = null

  schema_registry = true

  retention = { log_days = 90, archive_days = 90, till_file_days = 400 }

  deletion_protection = true

  alarm_destinations = {
    on_call = { protocol = "email", endpoint = "orders-on-call@example.com" }
  }
}
