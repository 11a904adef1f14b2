mock_provider "aws" {
  source = "../../testing"
}

variables {
  name = "orderflow-dev-orders"
}

run "refuses_the_default_bus" {
  command = plan

  variables {
    name = "default"
  }

  expect_failures = [var.name]
}

run "refuses_a_name_with_spaces" {
  command = plan

  variables {
    name = "my orders"
  }

  expect_failures = [var.name]
}

run "refuses_a_partner_bus_under_another_name" {
  command = plan

  variables {
    partner_event_source_name = "aws.partner/example.com/111122223333/orders"
  }

  expect_failures = [var.name]
}

run "refuses_a_partner_source_that_is_none" {
  command = plan

  variables {
    name                      = "example.com/orders"
    partner_event_source_name = "example.com/orders"
  }

  expect_failures = [var.partner_event_source_name]
}

run "refuses_a_key_id_without_its_arn" {
  command = plan

  variables {
    kms_key_arn = "11111111-2222-3333-4444-555555555555"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_half_a_day_of_retention" {
  command = plan

  variables {
    archive = { retention_days = 0.5 }
  }

  expect_failures = [var.archive]
}

run "refuses_an_archive_pattern_without_a_key" {
  command = plan

  variables {
    archive = { event_pattern = "{}" }
  }

  expect_failures = [var.archive]
}

run "refuses_an_archive_name_over_48_characters" {
  command = plan

  variables {
    name = "a-name-that-is-longer-than-an-archive-name-may-be-on-aws"
  }

  expect_failures = [aws_cloudwatch_event_archive.this]
}

run "refuses_a_name_that_leaves_no_room_for_the_dead_letter_queue" {
  command = plan

  variables {
    name    = "a-name-of-which-the-dead-letter-queue-of-the-bus-could-not-be-made-on-aws-sqs"
    archive = null
  }

  expect_failures = [aws_sqs_queue.dead_letter]
}

run "refuses_a_sender_key_that_is_no_statement_id" {
  command = plan

  variables {
    senders = { "partner-shop" = { accounts = ["444455556666"], sources = ["partner.shop"] } }
  }

  expect_failures = [var.senders]
}

run "refuses_a_sender_that_could_be_anyone" {
  command = plan

  variables {
    senders = { everyone = { sources = ["partner.shop"] } }
  }

  expect_failures = [var.senders]
}

run "refuses_a_sender_with_accounts_and_an_organization" {
  command = plan

  variables {
    senders = { both = { accounts = ["444455556666"], organization_id = "o-abcdefghij", sources = ["partner.shop"] } }
  }

  expect_failures = [var.senders]
}

run "refuses_an_account_that_is_not_an_account_id" {
  command = plan

  variables {
    senders = { shop = { accounts = ["*"], sources = ["partner.shop"] } }
  }

  expect_failures = [var.senders]
}

run "refuses_an_organization_that_is_not_an_organization_id" {
  command = plan

  variables {
    senders = { shop = { organization_id = "*", sources = ["partner.shop"] } }
  }

  expect_failures = [var.senders]
}

run "refuses_a_sender_without_a_source" {
  command = plan

  variables {
    senders = { shop = { accounts = ["444455556666"], sources = [] } }
  }

  expect_failures = [var.senders]
}

run "refuses_a_sender_with_every_source" {
  command = plan

  variables {
    senders = { shop = { accounts = ["444455556666"], sources = ["*"] } }
  }

  expect_failures = [var.senders]
}

run "refuses_schema_discovery_on_a_bus_with_a_customer_key" {
  command = plan

  variables {
    kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    schema_discovery = true
  }

  expect_failures = [aws_schemas_discoverer.this]
}
