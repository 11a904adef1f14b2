# The dashboard, from top to bottom: business, flow, failures. It costs 3 USD a month, and the custom metrics on
# it 5 to 7: each metric of a function costs 0.30 USD (eleven for orders, two for money, the event age of five functions, and quarantined messages if any;
# https://aws.amazon.com/cloudwatch/pricing/, us-east-1, the first 10,000). Metrics of AWS services are free.
resource "aws_cloudwatch_dashboard" "flow" {
  dashboard_name = "${local.prefix}-flow"

  dashboard_body = jsonencode({
    widgets = flatten([for section_index, section in local.dashboard_sections : [
      [{
        type       = "text"
        x          = 0
        y          = 100 * section_index
        width      = 24
        height     = 1
        properties = { markdown = "## ${section.title}" }
      }],
      [for index, widget in section.widgets : {
        type   = "metric"
        x      = 8 * (index % 3)
        y      = 100 * section_index + 1 + 6 * floor(index / 3)
        width  = 8
        height = 6
        properties = {
          title   = widget.title
          region  = data.aws_region.this.id
          view    = "timeSeries"
          stat    = widget.stat
          period  = 60
          metrics = widget.metrics
        }
      }],
    ]])
  })
}

locals {
  api_ids        = [module.storefront_http.api_id, module.webhooks_http.api_id]
  function_names = [for function in values(local.all_functions) : function.name]
  queue_names    = [for queue in values(local.queues) : queue.name]
  topic_names    = [module.topic.topic_name, module.notices.topic_name]

  dead_letter_queue_names = flatten([for sources in values(local.dead_letter_sources) : [for source in values(sources) : source.queue if can(source.queue)]])

  dashboard_sections = [
    {
      title = "Business"
      widgets = [
        {
          title   = "Orders by state"
          stat    = "Sum"
          metrics = [for name in ["OrdersPlaced", "OrdersPaid", "OrdersShipped", "OrdersDelivered", "OrdersCancelled", "OrdersRefunding", "OrdersRefunded"] : ["Orderflow", name, "service", "recorder"]]
        },
        {
          title   = "Orders by channel"
          stat    = "Sum"
          metrics = [for name in ["OrdersFromWeb", "OrdersFromMobile", "OrdersFromPos", "OrdersFromPartner"] : ["Orderflow", name, "service", "recorder"]]
        },
        {
          title   = "Captured and refunded amounts (minor units, all currencies)"
          stat    = "Sum"
          metrics = [for name in ["MoneyTaken", "MoneyGivenBack"] : ["Orderflow", name, "service", "recorder"]]
        },
      ]
    },
    {
      title = "Flow"
      widgets = [
        {
          title   = "Time from an event to its processing, by function (p90, ms)"
          stat    = "p90"
          metrics = [for function in ["recorder", "relay", "finance", "warehouse", "customer_service"] : ["Orderflow", "EventAge", "service", function]]
        },
        {
          title   = "API requests, 4xx and 5xx"
          stat    = "Sum"
          metrics = concat([for id in local.api_ids : [for metric in ["Count", "4xx", "5xx"] : ["AWS/ApiGateway", metric, "ApiId", id]]]...)
        },
        {
          title   = "API latency (p99, ms)"
          stat    = "p99"
          metrics = [for id in local.api_ids : ["AWS/ApiGateway", "Latency", "ApiId", id]]
        },
        {
          title = "Matched events by rule"
          stat  = "Sum"
          metrics = [for rule in values(local.rules) : concat(
            ["AWS/Events", "MatchedEvents", "RuleName", rule.name], rule.bus_name == "default" ? [] : ["EventBusName", rule.bus_name],
          )]
        },
        {
          title   = "Topic: messages published, deliveries failed"
          stat    = "Sum"
          metrics = concat([for name in local.topic_names : [for metric in ["NumberOfMessagesPublished", "NumberOfNotificationsFailed"] : ["AWS/SNS", metric, "TopicName", name]]]...)
        },
        {
          title   = "Messages waiting by queue"
          stat    = "Maximum"
          metrics = [for name in local.queue_names : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]]
        },
        {
          title   = "Age of the oldest message by queue (s)"
          stat    = "Maximum"
          metrics = [for name in local.queue_names : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name]]
        },
        {
          title   = "Iterator age by stream reader (ms)"
          stat    = "Maximum"
          metrics = [for function in values(local.all_functions) : ["AWS/Lambda", "IteratorAge", "FunctionName", function.name] if function.failure_bucket != null]
        },
        {
          title   = "Function duration (p99, ms)"
          stat    = "p99"
          metrics = [for name in local.function_names : ["AWS/Lambda", "Duration", "FunctionName", name]]
        },
      ]
    },
    {
      title = "Failures"
      widgets = [
        {
          title   = "Dead-letter messages"
          stat    = "Maximum"
          metrics = [for name in local.dead_letter_queue_names : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]]
        },
        {
          title   = "Throttled invocations"
          stat    = "Sum"
          metrics = [for name in local.function_names : ["AWS/Lambda", "Throttles", "FunctionName", name]]
        },
        {
          title   = "Throttled table requests"
          stat    = "Sum"
          metrics = concat([for name in values(local.tables) : [for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] : ["AWS/DynamoDB", metric, "TableName", name]]]...)
        },
        {
          title   = "Quarantined messages"
          stat    = "Sum"
          metrics = [for function, entry in local.settings_with_defaults : ["Orderflow", "Quarantined", "service", function] if entry.invocation == "polled" || entry.rule != null]
        },
        {
          title   = "Function errors"
          stat    = "Sum"
          metrics = [for name in local.function_names : ["AWS/Lambda", "Errors", "FunctionName", name]]
        },
      ]
    },
  ]
}
