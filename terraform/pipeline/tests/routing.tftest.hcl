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

run "only_producers_may_publish_and_optional_parts_are_off" {
  command = plan
  # The safeguards that only prod requires are off.
  variables {
    deletion_protection = false
    alarm_destinations  = {}
    reserve_concurrency = false
  }
  assert {
    condition     = alltrue([for function in values(local.functions) : function.sizing.reserved_concurrency == null])
    error_message = "A new account's concurrency quota is small, so without `reserve_concurrency` no function may reserve any."
  }
  assert {
    condition = local.payment_provider_call.header_parameters == {
      "Idempotency-Key"  = "$.detail.data.idempotency_key"
      "X-Correlation-Id" = "$.detail.metadata.correlation_id"
    }
    error_message = "Calls to the payment provider must have the idempotency key and correlation id as headers."
  }
  assert {
    condition = jsondecode(module.till_file_rule.event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = [module.till_files.bucket_name] }, object = { key = [{ prefix = "incoming/" }] } }
    }
    error_message = "Only new objects under incoming/ of the till bucket may start the import; otherwise its own reports would start it."
  }
  assert {
    condition     = module.till_file_rule.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-till-file"
    error_message = "S3 sends events to the default bus, so the rule must be on that bus."
  }
  assert {
    condition = module.unknown_event_rule.event_pattern == jsonencode({
      "$or" = [
        { source = [{ anything-but = { wildcard = concat(local.known_sources, ["redrive.*"]) } }] },
        { source = local.known_sources, detail-type = [{ anything-but = sort(keys(local.producers_by_type)) }] },
      ]
    }) && length(local.known_sources) == 7
    error_message = "Events of an unknown source or type must be stored, except redriven events."
  }
  assert {
    condition = { for producer, grant in local.publish_grants : producer => {
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
    error_message = "A producer must not publish under another's source or another's event types."
  }
  assert {
    condition     = length(setsubtract([for type in keys(local.producers_by_type) : "${type}.v1"], keys(module.schema_registry["contracts"].schema_arns))) == 0
    error_message = "Every event on the bus must have its contract in the registry."
  }
  assert {
    condition     = [for role, rule in local.rules : role if rule.bus_name == "default"] == ["till_file"]
    error_message = "Without `forwarded_events`, only the rule for till files may be on the default bus."
  }
  assert {
    condition     = output.analytics_bucket_name == null
    error_message = "Without analytics the output `analytics_bucket_name` must be null."
  }
  assert {
    condition = { for name, queue in module.subscriptions.dead_letter_queues : name => queue.name } == {
      finance          = "orderflow-dev-order-changes-finance-dlq"
      warehouse        = "orderflow-dev-order-changes-warehouse-dlq"
      customer_service = "orderflow-dev-order-changes-customer-service-dlq"
    }
    error_message = "Each subscription must have a dead-letter queue."
  }
  assert {
    condition = { for role, source in local.dead_letter_sources.rule : role => source.redrive_event_source if lookup(source, "redrive_event_source", null) != null } == {
      payment_request = "redrive.orderflow-dev-payment-request.provider"
      refund_request  = "redrive.orderflow-dev-refund-request.provider"
      void_request    = "redrive.orderflow-dev-void-request.provider"
    }
    error_message = "Exactly the rules that call a partner must have a redrive source."
  }
  assert {
    condition     = local.relay_can_publish
    error_message = "By default the stream must contain both images."
  }
  assert {
    condition     = length(module.stream_reader) == 0 && keys(local.dead_letter_sources.bucket) == ["relay"]
    error_message = "By default there must be no second stream reader."
  }
}

run "variables_add_subscribers_the_carrier_and_a_second_reader" {
  command = plan
  variables {
    stream_readers = {
      expiry_audit = {
        package         = "../../dist/relay.zip"
        filter_patterns = ["{\"eventName\": [\"REMOVE\"]}"]
        permissions     = { store_lines = { actions = ["dynamodb:PutItem"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/audit"] } }
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
    error_message = "The output `rules` must contain the rule under its short name."
  }
  assert {
    condition     = toset(keys(output.subscriptions)) == toset(["finance", "warehouse", "customer_service", "loyalty"])
    error_message = "The output `subscriptions` must contain the additional subscriber as well as our own consumers."
  }
  assert {
    condition = toset([for parameter in aws_ssm_parameter.dead_letters : parameter.name]) == toset(flatten([
      for kind, sources in local.dead_letter_sources : [for owner in keys(sources) : "/orderflow/dev/dead-letters/${kind}/${owner}"]
    ])) && toset(keys(local.dead_letter_sources)) == toset(["bucket", "bus", "function", "queue", "rule", "schedule", "subscription", "unrouted"])
    error_message = "There must be one parameter for each dead-letter source."
  }
  assert {
    condition     = toset(keys(local.dead_letter_sources.queue)) == toset(keys(local.queues)) && toset(keys(local.dead_letter_sources.rule)) == toset(keys(local.rules))
    error_message = "The dead-letter queue of every queue and every rule must be a dead-letter source."
  }
  assert {
    condition     = toset(keys(local.dead_letter_sources.function)) == toset(["pos_import", "payment_deadline", "recorder", "finance", "warehouse", "customer_service"])
    error_message = "The dead-letter queue of every function that has one must be a dead-letter source."
  }
  assert {
    condition     = toset(keys(local.dead_letter_sources.subscription)) == toset(["finance", "warehouse", "customer_service", "loyalty", "notices-support"])
    error_message = "The dead-letter queues of all subscriptions must be dead-letter sources."
  }
  assert {
    condition     = output.functions.expiry_audit.name == "orderflow-dev-expiry_audit" && keys(module.stream_reader["expiry_audit"].event_source_mapping_ids) == ["orders"]
    error_message = "The second reader must be in the output `functions`, and the stream must be its event source."
  }
  assert {
    condition = local.dead_letter_sources.bucket == {
      relay        = { bucket = "orderflow-dev-stream-failures-111122223333", to = "orderflow-dev-relay:live" }
      expiry_audit = { bucket = "orderflow-dev-expiry-audit-failures-111122223333", to = "orderflow-dev-expiry_audit:live" }
    }
    error_message = "Records that the second stream reader could not process must be redriven to that reader, never to the relay."
  }
}

# proves: analytics/path
run "service_events_are_forwarded_and_every_event_is_stored" {
  command = plan
  variables {
    analytics = { retention_days = 30, buffer_seconds = 900, buffer_megabytes = 128 }
    forwarded_events = {
      till_files = {
        source       = "aws.s3"
        detail_types = ["Object Deleted", "Object Created"]
        detail       = "{\"bucket\": {\"name\": [{\"prefix\": \"orderflow-dev-till-files-\"}]}}"
      }
      builds = { source = "aws.codebuild", detail_types = ["CodeBuild Build State Change"] }
    }
  }
  assert {
    condition = jsondecode(module.forward_rule["till_files"].event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.s3"]
      detail-type = ["Object Created", "Object Deleted"]
      detail      = { bucket = { name = [{ prefix = "orderflow-dev-till-files-" }] } }
    }
    error_message = "The rule's pattern must be that of `forwarded_events`, restricted to this account."
  }
  assert {
    condition = jsondecode(module.forward_rule["builds"].event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.codebuild"]
      detail-type = ["CodeBuild Build State Change"]
    }
    error_message = "Without `detail`, every event of the given types must match."
  }
  assert {
    condition     = local.rules["forward_till_files"].arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-forward-till-files"
    error_message = "AWS services send events to the default bus, so the rule must be on that bus."
  }
  assert {
    condition     = toset(keys(local.dead_letter_sources.rule)) == toset(keys(local.rules)) && contains(keys(local.rules), "forward_builds")
    error_message = "The dead-letter queues of rules that forward events must be dead-letter sources."
  }
  assert {
    condition = [
      for metric in flatten([for section in local.dashboard_sections : [for widget in section.widgets : [for metric in widget.metrics : join(" ", metric)]]]) : metric
      if startswith(metric, "AWS/Events MatchedEvents") && !strcontains(metric, "EventBusName")
      ] == [
      for rule in ["forward-builds", "forward-till-files", "till-file"] : "AWS/Events MatchedEvents RuleName orderflow-dev-${rule}"
    ]
    error_message = "Metrics of rules on the default bus must have the rule's name as their only dimension."
  }
  assert {
    condition     = jsondecode(module.analytics_rule["analytics"].event_pattern) == { version = ["0"], source = [{ anything-but = { prefix = "redrive." } }] }
    error_message = "Every event of every source must match, except redriven events."
  }
  assert {
    condition     = module.analytics_rule["analytics"].rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-analytics" && output.rules.analytics.name == "orderflow-dev-analytics"
    error_message = "The rule must be on our bus, and in the output `rules` under its short name."
  }
  assert {
    condition     = output.analytics_bucket_name == "orderflow-dev-analytics-111122223333" && module.analytics_stream["analytics"].stream_name == "orderflow-dev-analytics"
    error_message = "The analytics files must have their own bucket and delivery stream."
  }
  assert {
    condition     = local.dead_letter_sources.rule.analytics.queue == "orderflow-dev-analytics-events-dlq"
    error_message = "The dead-letter queue for events that Firehose did not accept must be a dead-letter source."
  }
}

run "the_relay_cannot_publish_changes_without_old_images" {
  command = plan
  variables { orders = { stream_view_type = "NEW_IMAGE" } }
  assert {
    condition     = !local.relay_can_publish
    error_message = "If the stream lacks old images, `relay_can_publish`, which enables the recorder and the relay, must be false."
  }
}
