mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-payment-deadline"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  expression  = "rate(5 minutes)"
  target      = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-payment_deadline" }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name        = "shop-dev-a-schedule-whose-name-leaves-no-room-for-its-role"
    kms_key_arn = "alias/shop-dev"
    expression  = "{\"source\":[\"shop\"]}"
    timezone    = "CET+1"
    target      = {}
  }
  expect_failures = [var.name, var.kms_key_arn, var.expression, var.timezone, var.target]
}

run "a_cron_expression_of_five_fields_and_two_targets_are_refused" {
  command = plan
  variables {
    expression = "cron(0 6 * * *)"
    target = {
      function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-payment_deadline"
      queue_arn    = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports"
    }
  }
  expect_failures = [var.expression, var.target]
}

run "a_fifo_queue_is_refused" {
  command = plan
  variables { target = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports.fifo" } }
  expect_failures = [var.target]
}

run "an_input_that_is_no_json_is_refused" {
  command = plan
  variables { target = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports", input = "due now" } }
  expect_failures = [var.target]
}
