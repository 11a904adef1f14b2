mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-warehouse"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name              = "shop-dev-warehouse.fifo"
    kms_key_arn       = "alias/shop-dev"
    allowed_senders   = { anybody = { service = "*", source_arn = "arn:aws:sns:eu-west-1:111122223333:shop-dev-orders" } }
    max_receive_count = 0
  }
  expect_failures = [var.name, var.kms_key_arn, var.allowed_senders, var.max_receive_count]
}

run "a_sender_for_every_source_is_refused" {
  command = plan
  variables { allowed_senders = { topics = { service = "sns.amazonaws.com", source_arn = "arn:aws:sns:eu-west-1:111122223333:*" } } }
  expect_failures = [var.allowed_senders]
}

run "a_queue_that_keeps_messages_as_long_as_its_dead_letter_queue_is_refused" {
  command = plan
  variables { retention_seconds = 1209600 }
  expect_failures = [var.retention_seconds]
}

run "an_age_alarm_after_messages_have_expired_is_refused" {
  command = plan
  variables {
    retention_seconds            = 600
    oldest_message_alarm_seconds = 600
  }
  expect_failures = [var.oldest_message_alarm_seconds]
}
