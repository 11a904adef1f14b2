# The README shows these examples; each is planned here as it stands there.
mock_provider "aws" {
  source = "../../testing"
}

run "example_lambda_invokes_a_function" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/lambda" }
  variables { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-returns" }

  assert {
    condition     = module.rule.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/shop-dev-orders/shop-dev-returns" && module.rule.dead_letter_queues.worker.name == "shop-dev-returns-worker-dlq"
    error_message = "The rule must have its target and the dead-letter queue of it."
  }
}

run "example_sqs_feeds_a_queue_that_lets_the_rule_in" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/sqs" }

  assert {
    condition     = module.queue.queue_name == "shop-dev-intake" && module.rule.dead_letter_queues.intake.name == "shop-dev-intake-intake-dlq"
    error_message = "The rule must have its queue and the dead-letter queue of it."
  }
}

run "example_sqs_fifo_keeps_invoices_in_order" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/sqs_fifo" }

  assert {
    condition     = module.queue.queue_name == "shop-dev-invoices.fifo" && module.rule.dead_letter_queues.invoices.name == "shop-dev-invoices-invoices-dlq"
    error_message = "The queue must be a FIFO queue, its target's dead-letter queue a standard one."
  }
}

run "example_sns_tells_people_one_sentence" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/sns" }

  assert {
    condition     = module.rule.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/shop-dev-orders/shop-dev-stock-notices" && module.topic.topic_name == "shop-dev-stock-notices"
    error_message = "The rule must have its topic."
  }
}

run "example_kinesis_writes_to_an_encrypted_stream" {
  command = plan
  module { source = "./examples/kinesis" }

  assert {
    condition     = aws_kinesis_stream.orders.encryption_type == "KMS" && module.rule.dead_letter_queues.stream.name == "shop-dev-stream-stream-dlq"
    error_message = "The rule must write to the stream."
  }
}

run "example_firehose_feeds_a_delivery_stream" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/firehose" }
  variables { delivery_stream_arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/shop-dev-analytics" }

  assert {
    condition     = module.rule.dead_letter_queues.analytics.name == "shop-dev-analytics-analytics-dlq"
    error_message = "The rule must have its target."
  }
}

run "example_api_key_asks_for_a_payment_once" {
  providers = { aws = aws }
  module { source = "./examples/api_destination_api_key" }
  variables { payment_provider_api_key = "not-a-key" }

  assert {
    condition     = jsondecode(module.rule.event_pattern) == { source = ["shop.finance"], detail-type = ["PaymentRequested"], account = ["111122223333"], replay-name = [{ exists = false }] }
    error_message = "A call to the outside must be made for this account's own events, and not again for replayed ones."
  }

  assert {
    condition     = keys(module.rule.api_destination_arns) == ["provider"]
    error_message = "The rule must have its API destination."
  }
}

run "example_basic_tells_the_erp_by_path_and_query" {
  providers = { aws = aws }
  module { source = "./examples/api_destination_basic" }
  variables { erp_password = "not-a-password" }

  assert {
    condition     = keys(module.rule.api_destination_arns) == ["erp"]
    error_message = "The rule must have its API destination."
  }
}

run "example_oauth_opens_a_case_with_a_token" {
  providers = { aws = aws }
  module { source = "./examples/api_destination_oauth" }
  variables { crm_client_secret = "not-a-secret" }

  assert {
    condition     = keys(module.rule.api_destination_arns) == ["crm"]
    error_message = "The rule must have its API destination."
  }
}

run "example_event_bus_forwards_between_buses_accounts_and_regions" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/event_bus" }

  assert {
    condition     = module.files.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/shop-dev-till-files" && module.central.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/shop-dev-orders/shop-dev-to-central"
    error_message = "One rule must be on the default bus, the other on our own."
  }
}

run "example_step_functions_starts_an_execution" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/step_functions" }
  variables { state_machine_arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:shop-dev-returns" }

  assert {
    condition     = module.rule.dead_letter_queues.returns.name == "shop-dev-returns-returns-dlq"
    error_message = "The rule must have its target."
  }
}

run "example_log_group_keeps_a_journal" {
  command = plan
  module { source = "./examples/log_group" }

  assert {
    condition     = aws_cloudwatch_log_group.journal.name == "/aws/events/shop-dev-journal" && module.rule.dead_letter_queues.journal.name == "shop-dev-journal-journal-dlq"
    error_message = "The rule must write to the log group."
  }
}

run "example_schedule_runs_on_the_default_bus" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/schedule" }
  variables { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-sweep" }

  assert {
    condition     = module.rule.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/shop-dev-sweep" && module.rule.event_pattern == null
    error_message = "A schedule must be on the default bus, without a pattern."
  }
}

run "example_pattern_compares_in_every_way" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/pattern" }

  assert {
    condition     = jsondecode(module.rule.event_pattern).detail.data.total.amount == [{ numeric = [">=", 100000] }] && jsondecode(module.rule.event_pattern)["replay-name"] == [{ exists = false }]
    error_message = "The pattern must be the example's, without replayed events."
  }
}
