mock_provider "aws" { source = "../../testing" }

variables {
  name            = "orderflow-dev-orders"
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-alarms"
}

run "the_bus_is_encrypted_and_archived_and_has_a_dead_letter_queue" {
  assert {
    condition     = one(aws_cloudwatch_event_bus.this.dead_letter_config).arn == module.dead_letter_queue.queue.arn
    error_message = "The bus must send events that it cannot process to its dead-letter queue."
  }
  assert {
    condition     = module.dead_letter_queue.settings.kms_master_key_id == null && module.dead_letter_queue.settings.sqs_managed_sse_enabled
    error_message = "The bus's dead-letter queue must be encrypted, but not with the bus's key, which may be the cause of the failure."
  }
  assert {
    condition     = jsondecode(module.dead_letter_queue.settings.policy).Statement[1].Condition == { ArnEquals = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-dev-orders"] } }
    error_message = "Only this bus may send to its dead-letter queue."
  }
  assert {
    condition     = aws_cloudwatch_event_archive.this[0].name == "orderflow-dev-orders" && aws_cloudwatch_event_archive.this[0].retention_days == 30 && aws_cloudwatch_event_archive.this[0].event_pattern == null
    error_message = "By default every event must be kept for 30 days."
  }
  assert {
    condition     = aws_cloudwatch_event_bus.this.kms_key_identifier == var.kms_key_arn
    error_message = "The bus must be encrypted with the given key."
  }
  assert {
    condition     = length(aws_cloudwatch_event_bus_policy.this) == 0
    error_message = "Without senders there must be no bus policy."
  }
}

run "the_bus_has_no_archive_when_archive_is_null" {
  command = plan
  variables { archive = null }
  assert {
    condition     = length(aws_cloudwatch_event_archive.this) == 0 && output.archive_name == null
    error_message = "`archive = null` must create no archive."
  }
}

run "named_senders_may_put_only_their_own_events" {
  command = plan
  variables {
    senders = {
      partner_shop = { accounts = ["444455556666", "222233334444"], sources = ["partner.shop"], detail_types = ["OrderPlaced"] }
      stores       = { organization_id = "o-abcdefghij", sources = ["stores.till"] }
    }
  }
  assert {
    condition = jsondecode(aws_cloudwatch_event_bus_policy.this[0].policy).Statement == [
      {
        Sid       = "PartnerShop"
        Effect    = "Allow"
        Action    = ["events:PutEvents"]
        Principal = { AWS = ["arn:aws:iam::222233334444:root", "arn:aws:iam::444455556666:root"] }
        Resource  = ["arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-dev-orders"]
        Condition = { StringEquals = { "events:source" = ["partner.shop"], "events:detail-type" = ["OrderPlaced"] } }
      },
      {
        Sid       = "Stores"
        Effect    = "Allow"
        Action    = ["events:PutEvents"]
        Principal = { AWS = ["*"] }
        Resource  = ["arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-dev-orders"]
        Condition = { StringEquals = { "aws:PrincipalOrgID" = ["o-abcdefghij"], "events:source" = ["stores.till"] } }
      },
    ]
    error_message = "Senders must be limited to their sources and detail types on this bus, and a wildcard principal must always have aws:PrincipalOrgID."
  }
}

# proves: source/saas_partner
run "the_bus_of_a_saas_partner_has_the_name_of_its_event_source" {
  command = plan
  variables {
    name                      = "aws.partner/example.com/111122223333/orders"
    partner_event_source_name = "aws.partner/example.com/111122223333/orders"
  }
  assert {
    condition     = aws_cloudwatch_event_bus.this.event_source_name == aws_cloudwatch_event_bus.this.name
    error_message = "A partner's bus must have the name of its event source."
  }
  assert {
    condition     = aws_cloudwatch_event_archive.this[0].name == "aws-partner-example-com-111122223333-orders" && output.dead_letter_queue.name == "aws-partner-example-com-111122223333-orders-bus-dlq"
    error_message = "The names of the archive and the queue must not contain slashes."
  }
}

# proves: bus/schema_discovery
run "schemas_are_discovered_on_a_bus_without_a_customer_managed_key" {
  variables {
    kms_key_arn      = null
    schema_discovery = true
  }
  assert {
    condition     = aws_schemas_discoverer.this[0].source_arn == aws_cloudwatch_event_bus.this.arn
    error_message = "The discoverer must read the events of this bus."
  }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name                      = "my orders"
    partner_event_source_name = null
    kms_key_arn               = "11111111-2222-3333-4444-555555555555"
    archive                   = { retention_days = -1 }
    senders                   = { "partner-shop" = { accounts = ["444455556666"], sources = ["partner.shop"] } }
  }
  expect_failures = [var.name, var.kms_key_arn, var.archive, var.senders]
}

run "a_wrong_partner_bus_name_an_empty_archive_pattern_and_a_sender_without_accounts_are_refused" {
  command = plan
  variables {
    partner_event_source_name = "aws.partner/example.com/111122223333/orders"
    archive                   = { event_pattern = "{}" }
    senders                   = { everyone = { sources = ["partner.shop"] } }
  }
  expect_failures = [var.name, var.archive, var.senders]
}

run "an_archive_pattern_with_an_unknown_comparison_is_refused" {
  command = plan
  variables { archive = { event_pattern = "{\"source\":[{\"prefx\":\"orderflow.\"}]}" } }
  expect_failures = [aws_cloudwatch_event_archive.this]
}

run "a_name_too_long_for_its_archive_is_refused" {
  command = plan
  variables { name = "a-name-that-is-longer-than-an-archive-name-may-be-on-aws" }
  expect_failures = [aws_cloudwatch_event_archive.this]
}

run "a_slash_in_the_name_of_a_custom_bus_is_refused" {
  command = plan
  variables { name = "shop/orders" }
  expect_failures = [var.name]
}

run "a_wildcard_account_is_refused" {
  command = plan
  variables { senders = { shop = { accounts = ["*"], sources = ["partner.shop"] } } }
  expect_failures = [var.senders]
}

run "a_wildcard_organization_is_refused" {
  command = plan
  variables { senders = { shop = { organization_id = "*", sources = ["partner.shop"] } } }
  expect_failures = [var.senders]
}

run "a_sender_without_a_source_is_refused" {
  command = plan
  variables { senders = { shop = { accounts = ["444455556666"], sources = [] } } }
  expect_failures = [var.senders]
}

run "a_wildcard_source_is_refused" {
  command = plan
  variables { senders = { shop = { accounts = ["444455556666"], sources = ["*"] } } }
  expect_failures = [var.senders]
}
