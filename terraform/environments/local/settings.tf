# Everything that sets this environment apart from the others.
locals {
  project     = "orderflow"
  environment = "local"
  region      = "eu-west-1"

  # The emulator's account, so that this root can never be applied to a real one.
  account_ids = ["000000000000"]
  emulated    = true

  # Nobody issues tokens here: the header X-Customer-Id says who the customer is.
  storefront = {
    customer_identity = "header"
    jwt               = null
    browser_origins   = []
    rate_limit        = 500
    burst_limit       = 1000
  }

  webhooks = { rate_limit = 500, burst_limit = 1000 }

  # The stand-ins listen on the two ports above the emulator's.
  payment_provider_endpoint = "https://127.0.0.1:4567"
  carrier_endpoint          = "https://127.0.0.1:4568"
  partner_calls_per_second  = 100

  orders = {
    payment_term_seconds = 60
    deadline_check       = "rate(1 minute)"
    retention_days       = 30
  }

  # Events of AWS services that our bus gets, too: here each till file that arrives.
  forwarded_events = {
    till_files = {
      source       = "aws.s3"
      detail_types = ["Object Created"]
      detail       = jsonencode({ bucket = { name = [{ prefix = "orderflow-local-till-files-" }] } })
    }
  }

  # One more function that reads the orders' stream itself, by name: see terraform/pipeline/41_stream_reader.tf.
  stream_readers = {}

  # Further subscribers of the topics, by name: see terraform/modules/subscriptions.
  subscriptions        = {}
  notice_subscriptions = {}

  # Short timeouts bring a message that must wait for another one back sooner.
  sizing = {
    recorder         = { timeout_seconds = 10, maximum_concurrency = 4 }
    finance          = { timeout_seconds = 10, maximum_concurrency = 2 }
    warehouse        = { timeout_seconds = 10, maximum_concurrency = 2 }
    customer_service = { timeout_seconds = 10, maximum_concurrency = 2 }
  }

  # The emulator has no Firehose target.
  analytics = null

  # The emulator has no schema registry.
  schema_registry = false

  retention = { log_days = 7, archive_days = 7, till_file_days = 7 }

  # `make down` must be able to take everything away.
  deletion_protection = false

  alarm_destinations = {}
}
