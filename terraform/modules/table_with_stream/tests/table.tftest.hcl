mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-orders"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  attributes  = { order_id = "S" }
  key         = { hash = "order_id" }
}

run "a_table_is_protected_encrypted_restorable_and_billed_per_request" {
  command = plan
  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "The table must be protected from deletion."
  }
  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled && aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table must be encrypted with the customer managed key."
  }
  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "Point-in-time recovery must be enabled."
  }
  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "Without provisioned capacity the table must be billed per request."
  }
  assert {
    condition     = !aws_dynamodb_table.this.stream_enabled && output.stream_arn == null
    error_message = "Without a view type there must be no stream."
  }
}

run "capacity_is_provisioned_for_the_table_and_its_indexes_when_given" {
  command = plan
  variables {
    attributes               = { order_id = "S", customer_id = "S" }
    capacity                 = { provisioned = { read_units = 5, write_units = 10 } }
    global_secondary_indexes = { by_customer = { hash_key = "customer_id" } }
  }
  assert {
    condition = (
      aws_dynamodb_table.this.billing_mode == "PROVISIONED"
      && aws_dynamodb_table.this.read_capacity == 5 && aws_dynamodb_table.this.write_capacity == 10
      && one(aws_dynamodb_table.this.global_secondary_index).read_capacity == 5
      && one(aws_dynamodb_table.this.global_secondary_index).write_capacity == 10
    )
    error_message = "The table and its index must have the given provisioned capacity."
  }
}

run "on_demand_throughput_can_be_limited_and_the_recovery_period_shortened" {
  command = plan
  variables {
    attributes               = { order_id = "S", customer_id = "S" }
    capacity                 = { on_demand_ceiling = { read_units = 500, write_units = 100 } }
    protection               = { recovery_days = 7 }
    global_secondary_indexes = { by_customer = { hash_key = "customer_id" } }
  }
  assert {
    condition = (
      one(aws_dynamodb_table.this.on_demand_throughput).max_read_request_units == 500
      && one(one(aws_dynamodb_table.this.global_secondary_index).on_demand_throughput).max_write_request_units == 100
      && aws_dynamodb_table.this.point_in_time_recovery[0].recovery_period_in_days == 7
    )
    error_message = "The ceiling must apply to the table and its indexes, and the recovery period to the table."
  }
}

run "a_restored_table_has_the_settings_that_a_restore_omits" {
  command = plan
  variables {
    name             = "shop-dev-orders-2"
    restore          = { source_table_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders", date_time = "2026-03-01T10:00:00Z" }
    stream_view_type = "NEW_AND_OLD_IMAGES"
    ttl_attribute    = "expires_at"
  }
  assert {
    condition = (
      aws_dynamodb_table.this.restore_source_table_arn == var.restore.source_table_arn
      && aws_dynamodb_table.this.restore_date_time == "2026-03-01T10:00:00Z"
      && aws_dynamodb_table.this.restore_to_latest_time == null
    )
    error_message = "The table must be restored from the source table to the given point in time."
  }
  assert {
    condition     = aws_dynamodb_table.this.stream_enabled && aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "The stream, expiry and point-in-time recovery are not restored, so they must be set again."
  }
}

run "the_index_the_stream_and_the_expiry_have_the_given_settings" {
  variables {
    stream_view_type = "NEW_AND_OLD_IMAGES"
    ttl_attribute    = "expires_at"
    attributes       = { order_id = "S", due_shard = "S", payment_due_at = "S" }
    global_secondary_indexes = {
      payment_due = { hash_key = "due_shard", range_key = "payment_due_at", projection = "INCLUDE", non_key_attributes = ["version"] }
    }
  }
  assert {
    condition = (
      one(aws_dynamodb_table.this.global_secondary_index).hash_key == "due_shard"
      && one(aws_dynamodb_table.this.global_secondary_index).range_key == "payment_due_at"
      && one(aws_dynamodb_table.this.global_secondary_index).projection_type == "INCLUDE"
      && one(aws_dynamodb_table.this.global_secondary_index).non_key_attributes == toset(["version"])
    )
    error_message = "The index must have the keys and the projection that `global_secondary_indexes` specifies."
  }
  assert {
    condition     = output.index_arns == { payment_due = "${aws_dynamodb_table.this.arn}/index/payment_due" }
    error_message = "The output must contain the ARN of the index, for use in IAM policies."
  }
  assert {
    condition     = aws_dynamodb_table.this.stream_view_type == "NEW_AND_OLD_IMAGES" && strcontains(output.stream_arn, "/stream/")
    error_message = "The stream must contain both images, and its ARN must be an output."
  }
  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expires_at"
    error_message = "Items must expire at the time in the given attribute."
  }
}

run "throttling_of_table_and_index_and_internal_errors_raise_alarms" {
  command = plan
  variables {
    attributes               = { order_id = "S", customer_id = "S" }
    global_secondary_indexes = { by_customer = { hash_key = "customer_id" } }
    alarm_topic_arn          = "arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"
  }
  assert {
    condition = { for name, alarm in module.alarms.alarms : name => alarm.dimensions if endswith(name, "ThrottleEvents") } == {
      shop-dev-orders-ReadThrottleEvents              = tomap({ TableName = "shop-dev-orders" })
      shop-dev-orders-WriteThrottleEvents             = tomap({ TableName = "shop-dev-orders" })
      shop-dev-orders-by_customer-ReadThrottleEvents  = tomap({ TableName = "shop-dev-orders", GlobalSecondaryIndexName = "by_customer" })
      shop-dev-orders-by_customer-WriteThrottleEvents = tomap({ TableName = "shop-dev-orders", GlobalSecondaryIndexName = "by_customer" })
    }
    error_message = "A throttled index throttles writes to its table, so both must raise alarms."
  }
  assert {
    condition = toset(flatten([
      for query in module.alarms.alarms["shop-dev-orders-SystemErrors"].metric_query : [for metric in query.metric : metric.dimensions.Operation]
    ])) == toset(["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"])
    error_message = "DynamoDB reports system errors by operation, so the alarm must add them up."
  }
  assert {
    condition     = alltrue([for alarm in module.alarms.alarms : alarm.alarm_actions == toset([var.alarm_topic_arn])])
    error_message = "Every alarm must notify the given topic."
  }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name          = "shop dev orders"
    kms_key_arn   = "alias/shop-dev"
    ttl_attribute = "order_id"
    capacity      = { provisioned = { read_units = 1, write_units = 0 } }
  }
  expect_failures = [var.name, var.kms_key_arn, var.ttl_attribute, var.capacity]
}

run "an_undeclared_key_and_a_ceiling_on_provisioned_capacity_are_refused" {
  command = plan
  variables {
    key      = { hash = "order_id", range = "version" }
    capacity = { provisioned = { read_units = 1, write_units = 1 }, on_demand_ceiling = { read_units = 1, write_units = 1 } }
  }
  expect_failures = [var.attributes, var.capacity]
}

run "an_attribute_that_is_not_a_key_is_refused" {
  command = plan
  variables { attributes = { order_id = "S", status = "S" } }
  expect_failures = [var.attributes]
}

run "non_key_attributes_without_include_and_an_in_place_restore_are_refused" {
  command = plan
  variables {
    global_secondary_indexes = { by_order = { hash_key = "order_id", projection = "ALL", non_key_attributes = ["version"] } }
    restore                  = { source_table_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders" }
  }
  expect_failures = [var.global_secondary_indexes, var.restore]
}

run "an_include_projection_without_attributes_is_refused" {
  command = plan
  variables { global_secondary_indexes = { by_order = { hash_key = "order_id", projection = "INCLUDE" } } }
  expect_failures = [var.global_secondary_indexes]
}

run "more_than_twenty_indexes_are_refused" {
  command = plan
  variables { global_secondary_indexes = { for number in range(21) : "by_order_${number}" => { hash_key = "order_id" } } }
  expect_failures = [var.global_secondary_indexes]
}
