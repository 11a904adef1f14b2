mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  kms_key_arn          = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  environment          = "dev"
  storefront           = { jwt = { issuer = "https://identity.shop.test", audience = ["storefront"] } }
  payment_provider     = { endpoint = "https://payments.shop.test", api_key = "key" }
  notice_subscriptions = { support = { protocol = "email", endpoint = "support@shop.test" } }
}

run "every_dead_letter_place_is_published_for_the_redrive" {
  command = plan

  assert {
    condition = toset([for parameter in aws_ssm_parameter.dead_letters : parameter.name]) == toset(flatten([
      for kind, places in local.dead_letters : [for owner in keys(places) : "/orderflow/dev/dead-letters/${kind}/${owner}"]
    ])) && toset(keys(local.dead_letters)) == toset(["bucket", "bus", "function", "queue", "rule", "schedule", "subscription", "unrouted"])
    error_message = "There must be one parameter for each place."
  }

  assert {
    condition     = toset(keys(local.dead_letters.queue)) == toset(keys(local.queues)) && toset(keys(local.dead_letters.rule)) == toset(keys(local.rules))
    error_message = "Every queue and every rule has a dead-letter queue that must be found."
  }

  assert {
    condition     = toset(keys(local.dead_letters.function)) == toset(["pos_import", "payment_deadline", "recorder", "finance", "warehouse", "customer_service"])
    error_message = "Every function that quarantines or is invoked asynchronously has a place; the relay's is the bucket."
  }

  assert {
    condition     = toset(keys(local.dead_letters.subscription)) == toset(["finance", "warehouse", "customer_service", "notices-support"])
    error_message = "The subscriptions of every topic have dead-letter queues."
  }
}

run "requests_to_partners_have_a_way_back_of_their_own" {
  command = plan

  assert {
    condition = { for role, place in local.dead_letters.rule : role => place.redrive_source if lookup(place, "redrive_source", null) != null } == {
      payment_request = "redrive.orderflow-dev-payment-request.provider"
      refund_request  = "redrive.orderflow-dev-refund-request.provider"
      void_request    = "redrive.orderflow-dev-void-request.provider"
    }
    error_message = "Exactly the rules that call a partner need a redrive source."
  }
}
