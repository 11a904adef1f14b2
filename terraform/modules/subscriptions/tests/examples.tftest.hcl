# The README shows these examples; each is planned here as it stands there.
mock_provider "aws" {
  source = "../../testing"
}

run "example_sqs_gives_the_warehouse_its_orders" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/sqs" }

  assert {
    condition     = module.subscriptions.dead_letter_queues.warehouse.name == "shop-dev-order-changes-warehouse-dlq" && module.queue.queue_name == "shop-dev-warehouse"
    error_message = "The subscription must have its dead-letter queue."
  }
}

run "example_lambda_feeds_a_search_index" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/lambda" }
  variables { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:search-index" }

  assert {
    condition     = module.subscriptions.dead_letter_queues.search_index.name == "shop-dev-order-changes-search-index-dlq"
    error_message = "The subscription must have its dead-letter queue."
  }
}

run "example_https_calls_the_erp_at_its_pace" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/https" }

  assert {
    condition     = module.subscriptions.dead_letter_queues.erp.name == "shop-dev-order-changes-erp-dlq"
    error_message = "The subscription must have its dead-letter queue."
  }
}

run "example_firehose_fills_the_lake" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/firehose" }
  variables { delivery_stream_arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/lake" }

  assert {
    condition     = module.subscriptions.dead_letter_queues.lake.name == "shop-dev-order-changes-lake-dlq"
    error_message = "The subscription must have its dead-letter queue."
  }
}

run "example_email_tells_the_desk_and_the_archive" {
  providers = { aws = aws }
  module { source = "./examples/email" }

  assert {
    condition     = keys(module.subscriptions.subscription_arns) == ["archive", "desk"]
    error_message = "Both addresses must be subscribed."
  }
}

run "example_sms_tells_who_is_on_call" {
  providers = { aws = aws }
  module { source = "./examples/sms" }

  assert {
    condition     = keys(module.subscriptions.subscription_arns) == ["on_call"]
    error_message = "The number must be subscribed."
  }
}

run "example_mobile_push_tells_a_device" {
  providers = { aws = aws }
  module { source = "./examples/mobile_push" }
  variables { device_endpoint_arn = "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/shop-dev-app/11111111-2222-3333-4444-555555555555" }

  assert {
    condition     = keys(module.subscriptions.subscription_arns) == ["app"]
    error_message = "The device must be subscribed."
  }
}
