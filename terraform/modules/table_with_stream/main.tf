resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV2_AWS_16:By default the table is billed per request and needs no auto scaling; capacity.provisioned is for a known, steady load.
  name                        = var.name
  tags                        = var.tags
  billing_mode                = var.capacity.provisioned == null ? "PAY_PER_REQUEST" : "PROVISIONED"
  read_capacity               = one(var.capacity.provisioned[*].read_units)
  write_capacity              = one(var.capacity.provisioned[*].write_units)
  hash_key                    = var.key.hash
  range_key                   = var.key.range
  stream_enabled              = var.stream_view_type != null
  stream_view_type            = var.stream_view_type
  deletion_protection_enabled = var.protection.deletion

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.Tutorial.html
  restore_source_table_arn = one(var.restore[*].source_table_arn)
  restore_date_time        = one(var.restore[*].date_time)
  restore_to_latest_time   = try(var.restore.date_time, "") == null ? true : null

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.protection.recovery_days
  }

  dynamic "on_demand_throughput" {
    for_each = var.capacity.on_demand_ceiling[*]
    content {
      max_read_request_units  = on_demand_throughput.value.read_units
      max_write_request_units = on_demand_throughput.value.write_units
    }
  }

  dynamic "attribute" {
    for_each = var.attributes
    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = var.global_secondary_indexes
    content {
      name               = global_secondary_index.key
      hash_key           = global_secondary_index.value.hash_key
      range_key          = global_secondary_index.value.range_key
      projection_type    = global_secondary_index.value.projection
      non_key_attributes = length(global_secondary_index.value.non_key_attributes) > 0 ? global_secondary_index.value.non_key_attributes : null
      read_capacity      = one(var.capacity.provisioned[*].read_units)
      write_capacity     = one(var.capacity.provisioned[*].write_units)

      dynamic "on_demand_throughput" {
        for_each = var.capacity.on_demand_ceiling[*]
        content {
          max_read_request_units  = on_demand_throughput.value.read_units
          max_write_request_units = on_demand_throughput.value.write_units
        }
      }
    }
  }

  dynamic "ttl" {
    for_each = var.ttl_attribute[*]
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }
}
