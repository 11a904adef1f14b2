mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  environment      = "dev"
  storefront       = { jwt = { issuer = "https://identity.shop.test", audience = ["storefront"] } }
  payment_provider = { endpoint = "https://payments.shop.test", api_key = "key" }
}

run "own_consumers_are_subscribed_with_a_dead_letter_queue_each" {
  command = plan

  assert {
    condition     = toset(keys(output.subscriptions)) == toset(["finance", "warehouse", "customer_service"])
    error_message = "Our own three consumers, and nobody else, are subscribed by default."
  }

  assert {
    condition = { for name, queue in module.subscriptions.dead_letter_queues : name => queue.name } == {
      finance          = "orderflow-dev-order-changes-finance-dlq"
      warehouse        = "orderflow-dev-order-changes-warehouse-dlq"
      customer_service = "orderflow-dev-order-changes-customer-service-dlq"
    }
    error_message = "Each subscription keeps what could not be delivered."
  }
}

run "another_team_joins_by_one_entry" {
  command = plan

  variables {
    subscriptions = {
      loyalty = {
        protocol             = "sqs"
        endpoint             = "arn:aws:sqs:eu-west-1:444455556666:loyalty"
        raw_message_delivery = true
        filter_policy        = "{\"status\": [\"delivered\"]}"
      }
    }
  }

  assert {
    condition     = toset(keys(output.subscriptions)) == toset(["finance", "warehouse", "customer_service", "loyalty"])
    error_message = "The entry adds to our own consumers."
  }
}

run "people_hear_notices" {
  command = plan

  variables {
    notice_subscriptions = {
      service_desk = { protocol = "email", endpoint = "service@shop.test" }
    }
  }

  assert {
    condition     = keys(module.notice_subscriptions.subscription_arns) == ["service_desk"]
    error_message = "People subscribe to the notices."
  }
}
