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

run "each_event_comes_from_those_who_may_and_options_are_off" {
  command = plan
  # None of the guard rails that prod needs.
  variables {
    deletion_protection = false
    alarm_destinations  = {}
    reserve_concurrency = false
  }
  assert {
    condition     = alltrue([for function in values(local.functions) : function.sizing.reserved_concurrency == null])
    error_message = "A new account's quota is small: reserve nothing by default."
  }
  assert {
    condition = local.payment_provider_call.header_parameters == {
      "Idempotency-Key"  = "$.detail.data.idempotency_key"
      "X-Correlation-Id" = "$.detail.metadata.correlation_id"
    }
    error_message = "The provider must be able to tell a repeated call, and both sides to speak of the same order."
  }
  assert {
    condition = jsondecode(module.till_file_rule.event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = [module.till_files.bucket_name] }, object = { key = [{ prefix = "incoming/" }] } }
    }
    error_message = "Only new objects under incoming/ of the till bucket may start the import, or its own reports would."
  }
  assert {
    condition     = module.till_file_rule.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-till-file"
    error_message = "S3 tells the default bus, so that is where the rule belongs."
  }
  assert {
    condition = module.unknown_event_rule.event_pattern == jsonencode({
      "$or" = [
        { source = [{ anything-but = { wildcard = concat(local.known_sources, ["redrive.*"]) } }] },
        { source = local.known_sources, detail-type = [{ anything-but = sort(keys(local.published_by)) }] },
      ]
    }) && length(local.known_sources) == 7
    error_message = "What no rule knows must be caught, whoever sent it; dead-letter messages on their way back are known."
  }
  assert {
    condition = { for producer, grant in local.publish_grant : producer => {
      for condition in grant.conditions : condition.variable => toset(condition.values)
      } } == {
      storefront_api   = { "events:source" = toset(["orderflow.storefront_api"]), "events:detail-type" = toset(["OrderCancellationRequested", "OrderPlaced"]) }
      pos_import       = { "events:source" = toset(["orderflow.pos_import"]), "events:detail-type" = toset(["OrderPlaced"]) }
      partner          = { "events:source" = toset(["orderflow.partner"]), "events:detail-type" = toset(["OrderPlaced"]) }
      finance          = { "events:source" = toset(["orderflow.finance"]), "events:detail-type" = toset(["PaymentRequested", "RefundRequested"]) }
      warehouse        = { "events:source" = toset(["orderflow.warehouse"]), "events:detail-type" = toset(["OrderShipped", "ShipmentStopped", "StockRejected"]) }
      payment_deadline = { "events:source" = toset(["orderflow.payment_deadline"]), "events:detail-type" = toset(["PaymentDeadlinePassed"]) }
      webhooks = {
        "events:source"      = toset(["orderflow.webhooks"])
        "events:detail-type" = toset(["OrderDelivered", "PaymentCaptured", "PaymentDeclined", "PaymentUnknown", "PaymentVoided", "RefundCompleted"])
      }
    }
    error_message = "A producer must not be able to speak in another's name or of another's matters."
  }
  assert {
    condition     = length(setsubtract([for type in keys(local.published_by) : "${type}.v1"], keys(module.schema_registry["contracts"].schema_arns))) == 0
    error_message = "Every event of the bus has its contract in the registry."
  }
  assert {
    condition     = [for role, rule in local.rules : role if rule.bus_name == "default"] == ["till_file"]
    error_message = "Only the till files' rule reads the default bus."
  }
  assert {
    condition     = output.analytics_bucket_name == null
    error_message = "There is no bucket to be named."
  }
  assert {
    condition = { for name, queue in module.subscriptions.dead_letter_queues : name => queue.name } == {
      finance          = "orderflow-dev-order-changes-finance-dlq"
      warehouse        = "orderflow-dev-order-changes-warehouse-dlq"
      customer_service = "orderflow-dev-order-changes-customer-service-dlq"
    }
    error_message = "Each subscription keeps what could not be delivered."
  }
  assert {
    condition = { for role, place in local.dead_letters.rule : role => place.redrive_source if lookup(place, "redrive_source", null) != null } == {
      payment_request = "redrive.orderflow-dev-payment-request.provider"
      refund_request  = "redrive.orderflow-dev-refund-request.provider"
      void_request    = "redrive.orderflow-dev-void-request.provider"
    }
    error_message = "Exactly the rules that call a partner need a redrive source."
  }
  assert {
    condition     = local.relay_can_publish
    error_message = "By default the relay reads what was before and what is after."
  }
  assert {
    condition     = length(module.stream_reader) == 0 && keys(local.dead_letters.bucket) == ["relay"]
    error_message = "A second reader is an option."
  }
}

run "an_entry_adds_a_subscriber_people_the_carrier_and_a_second_reader" {
  command = plan
  variables {
    stream_readers = {
      expiry_audit = {
        package         = "../../dist/relay.zip"
        filter_patterns = ["{\"eventName\": [\"REMOVE\"]}"]
        permissions     = { keep_lines = { actions = ["dynamodb:PutItem"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/audit"] } }
      }
    }
    carrier              = { endpoint = "https://carrier.shop.test", api_key = "key" }
    notice_subscriptions = { support = { protocol = "email", endpoint = "support@shop.test" } }
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
    condition     = output.rules.shipment_notice.name == "orderflow-dev-shipment-notice"
    error_message = "The rule must be found by its role."
  }
  assert {
    condition     = toset(keys(output.subscriptions)) == toset(["finance", "warehouse", "customer_service", "loyalty"])
    error_message = "The entry adds to our own consumers."
  }
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
    condition     = toset(keys(local.dead_letters.subscription)) == toset(["finance", "warehouse", "customer_service", "loyalty", "notices-support"])
    error_message = "The subscriptions of every topic have dead-letter queues."
  }
  assert {
    condition     = output.functions.expiry_audit.name == "orderflow-dev-expiry_audit" && keys(module.stream_reader["expiry_audit"].event_source_mapping_ids) == ["orders"]
    error_message = "The reader is a function like the others, with the stream as its source."
  }
  assert {
    condition = local.dead_letters.bucket == {
      relay        = { bucket = "orderflow-dev-stream-failures-111122223333", to = "orderflow-dev-relay:live" }
      expiry_audit = { bucket = "orderflow-dev-expiry-audit-failures-111122223333", to = "orderflow-dev-expiry_audit:live" }
    }
    error_message = "What it cannot handle must go back to it, and never to the relay."
  }
}

# proves: analytics/path
run "events_of_a_service_are_passed_on_and_every_event_of_the_bus_is_kept" {
  command = plan
  variables {
    analytics = { retention_days = 30, buffer_seconds = 900, buffer_megabytes = 128 }
    forwarded_events = {
      till_files = {
        source       = "aws.s3"
        detail_types = ["Object Deleted", "Object Created"]
        detail       = "{\"bucket\": {\"name\": [{\"prefix\": \"orderflow-dev-till-files-\"}]}}"
      }
      failed_builds = { source = "aws.codebuild", detail_types = ["CodeBuild Build State Change"] }
    }
  }
  assert {
    condition = jsondecode(module.forward_rule["till_files"].event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.s3"]
      detail-type = ["Object Created", "Object Deleted"]
      detail      = { bucket = { name = [{ prefix = "orderflow-dev-till-files-" }] } }
    }
    error_message = "The pattern must ask for what the entry says, of this account only."
  }
  assert {
    condition = jsondecode(module.forward_rule["failed_builds"].event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.codebuild"]
      detail-type = ["CodeBuild Build State Change"]
    }
    error_message = "Without a detail every event of the types is wanted."
  }
  assert {
    condition     = local.rules["forward_till_files"].arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-forward-till-files"
    error_message = "AWS services send to the default bus, so that is where the rule belongs."
  }
  assert {
    condition     = toset(keys(local.dead_letters.rule)) == toset(keys(local.rules)) && contains(keys(local.rules), "forward_failed_builds")
    error_message = "What could not be forwarded must be found by the redrive."
  }
  assert {
    condition = [
      for metric in flatten([for section in local.sections : [for widget in section.widgets : [for metric in widget.metrics : join(" ", metric)]]]) : metric
      if startswith(metric, "AWS/Events MatchedEvents") && !strcontains(metric, "EventBusName")
      ] == [
      for rule in ["forward-failed-builds", "forward-till-files", "till-file"] : "AWS/Events MatchedEvents RuleName orderflow-dev-${rule}"
    ]
    error_message = "CloudWatch counts rules of the default bus by their name alone."
  }
  assert {
    condition     = jsondecode(module.analytics_rule["analytics"].event_pattern) == { version = ["0"], source = [{ anything-but = { prefix = "redrive." } }] }
    error_message = "Every event of every source must pass, but for redriven copies."
  }
  assert {
    condition     = module.analytics_rule["analytics"].rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-analytics" && output.rules.analytics.name == "orderflow-dev-analytics"
    error_message = "The rule stands on our bus and is found by its role."
  }
  assert {
    condition     = output.analytics_bucket_name == "orderflow-dev-analytics-111122223333" && module.analytics_stream["analytics"].stream_name == "orderflow-dev-analytics"
    error_message = "Files go to a bucket of their own."
  }
  assert {
    condition     = local.dead_letters.rule.analytics.queue == "orderflow-dev-analytics-events-dlq"
    error_message = "What Firehose did not take must be found by the redrive."
  }
}

run "orders_wait_while_the_relay_could_not_read_the_stream" {
  command = plan
  variables { orders = { stream_view_type = "NEW_IMAGE" } }
  assert {
    condition     = !local.relay_can_publish
    error_message = "Without the old image no change can be told, so none may be written."
  }
}
