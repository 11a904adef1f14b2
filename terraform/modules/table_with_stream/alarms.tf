module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = merge(
    # DynamoDB has separate throttling metrics for the table and each index.
    merge([for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] : { for index in concat([""], keys(var.global_secondary_indexes)) :
      join("-", compact([var.name, index, metric])) => {
        description         = "DynamoDB throttles requests to ${var.name}: check for a hot partition key, a sudden increase in traffic, or a limit of the table or account."
        kind                = "table_with_stream-throttled"
        namespace           = "AWS/DynamoDB"
        metric_name         = metric
        dimensions          = merge({ TableName = var.name }, index == "" ? {} : { GlobalSecondaryIndexName = index })
        evaluation_periods  = 5
        datapoints_to_alarm = 3
      }
    }]...),
    {
      "${var.name}-SystemErrors" = {
        description = "DynamoDB returns internal errors for requests to ${var.name}. Callers retry; if the errors persist, see the AWS Health Dashboard."
        kind        = "table_with_stream-SystemErrors"
        namespace   = "AWS/DynamoDB"
        metric_name = "SystemErrors"
        sum_of = { for operation in ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"] :
          operation => { TableName = var.name, Operation = operation }
        }
        evaluation_periods  = 5
        datapoints_to_alarm = 3
      }
    },
  )
}
