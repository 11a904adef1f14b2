data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  prefix     = "${var.project}-${var.environment}"
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  regional   = "${data.aws_region.this.name}:${local.account_id}"

  # Written out and not read from the resource: where two things name each other, and where waiting would only cost time, as
  # SQS takes most of a minute to show a queue with its dead-letter queue. Nothing is sent before the whole apply is through.
  bus_arn   = "arn:${local.partition}:events:${local.regional}:event-bus/${local.prefix}-orders"
  topic_arn = "arn:${local.partition}:sns:${local.regional}:${local.prefix}-order-changes"
  queue_arn = {
    for role in ["intake", "unrouted", "finance", "warehouse", "customer-service"] :
    replace(role, "-", "_") => "arn:${local.partition}:sqs:${local.regional}:${local.prefix}-${role}"
  }
}

# Who publishes what, on the bus. From it come the grants of the functions, the rule that feeds the recorder, and the rule
# that catches what nobody knows. `partner` is the name that an application of another team publishes under.
locals {
  published_by = {
    OrderPlaced           = ["storefront_api", "pos_import", "partner"]
    PaymentRequested      = ["finance"]
    PaymentCaptured       = ["webhooks"]
    PaymentDeclined       = ["webhooks"]
    RefundRequested       = ["finance"]
    RefundCompleted       = ["webhooks"]
    StockRejected         = ["warehouse"]
    OrderShipped          = ["warehouse"]
    OrderDelivered        = ["webhooks"]
    PaymentDeadlinePassed = ["payment_deadline"]
  }

  # What the recorder takes: everything but the two requests that finance sends out of the house.
  recorded = [for type in sort(keys(local.published_by)) : type if !contains(["PaymentRequested", "RefundRequested"], type)]

  sources_of = { for type, producers in local.published_by : type => [for producer in producers : "orderflow.${producer}"] }

  publish_grant = {
    for producer in distinct(flatten(values(local.published_by))) : producer => {
      actions   = ["events:PutEvents"]
      resources = [local.bus_arn]
      conditions = [
        { test = "StringEquals", variable = "events:source", values = ["orderflow.${producer}"] },
        { test = "StringEquals", variable = "events:detail-type", values = [for type, producers in local.published_by : type if contains(producers, producer)] },
      ]
    }
  }
}

locals {
  default_sizing = {
    storefront_api   = { memory_mb = 512, timeout_seconds = 10 }
    webhooks         = { memory_mb = 512, timeout_seconds = 10 }
    pos_import       = { memory_mb = 1024, timeout_seconds = 300 }
    payment_deadline = { memory_mb = 512, timeout_seconds = 60 }
    recorder         = { memory_mb = 512, timeout_seconds = 15, maximum_concurrency = 10 }
    relay            = { memory_mb = 512, timeout_seconds = 60, parallelization_factor = 1 }
    finance          = { memory_mb = 512, timeout_seconds = 30, maximum_concurrency = 5 }
    warehouse        = { memory_mb = 512, timeout_seconds = 30, maximum_concurrency = 5 }
    customer_service = { memory_mb = 512, timeout_seconds = 30, maximum_concurrency = 5 }
  }

  sizing = {
    for function, default in local.default_sizing : function => merge(
      { reserved_concurrency = null },
      default,
      contains(keys(var.sizing), function) ? { for setting, value in var.sizing[function] : setting => value if value != null } : {},
    )
  }

  # What every function is told. Where its dead letters go, the function module adds itself.
  common_environment = {
    ENVIRONMENT                  = var.environment
    LOG_LEVEL                    = "INFO"
    POWERTOOLS_METRICS_NAMESPACE = "Orderflow"
  }
}
