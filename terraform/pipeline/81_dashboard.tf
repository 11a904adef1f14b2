# The flow on one page, in the order in which the data goes.
resource "aws_cloudwatch_dashboard" "flow" {
  dashboard_name = "${local.prefix}-flow"

  dashboard_body = jsonencode({
    widgets = [for index, widget in local.widgets : {
      type   = "metric"
      x      = 8 * (index % 3)
      y      = 6 * floor(index / 3)
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
    }]
  })
}

locals {
  api_ids        = [module.storefront_http.api_id, module.webhooks_http.api_id]
  function_names = [for function in values(local.deployed) : function.name]
  queue_names    = [for queue in values(local.queues) : queue.name]
  topic_names    = [module.topic.topic_name, module.notices.topic_name]

  dead_letter_queue_names = flatten([for sources in values(local.dead_letters) : [for source in values(sources) : source.queue if can(source.queue)]])

  widgets = [
    {
      title   = "Requests, 4xx and 5xx of the APIs"
      stat    = "Sum"
      metrics = concat([for id in local.api_ids : [for metric in ["Count", "4xx", "5xx"] : ["AWS/ApiGateway", metric, "ApiId", id]]]...)
    },
    {
      title   = "Slowest hundredth of requests (ms)"
      stat    = "p99"
      metrics = [for id in local.api_ids : ["AWS/ApiGateway", "Latency", "ApiId", id]]
    },
    {
      title = "Events that each rule matched"
      stat  = "Sum"
      metrics = [for rule in values(local.rules) : concat(
        ["AWS/Events", "MatchedEvents", "RuleName", rule.name], rule.bus_name == "default" ? [] : ["EventBusName", rule.bus_name],
      )]
    },
    {
      title   = "Waiting in the queues"
      stat    = "Maximum"
      metrics = [for name in local.queue_names : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]]
    },
    {
      title   = "Age of the oldest message (s)"
      stat    = "Maximum"
      metrics = [for name in local.queue_names : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name]]
    },
    {
      title   = "Dead-letter messages"
      stat    = "Maximum"
      metrics = [for name in local.dead_letter_queue_names : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]]
    },
    {
      title   = "Delay of the stream's readers behind the table (ms)"
      stat    = "Maximum"
      metrics = [for function in values(local.deployed) : ["AWS/Lambda", "IteratorAge", "FunctionName", function.name] if function.failure_bucket != null]
    },
    {
      title   = "Refused requests of the tables"
      stat    = "Sum"
      metrics = concat([for name in values(local.tables) : [for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] : ["AWS/DynamoDB", metric, "TableName", name]]]...)
    },
    {
      title   = "Messages of the topics: published, not delivered"
      stat    = "Sum"
      metrics = concat([for name in local.topic_names : [for metric in ["NumberOfMessagesPublished", "NumberOfNotificationsFailed"] : ["AWS/SNS", metric, "TopicName", name]]]...)
    },
    {
      title   = "Errors of the functions"
      stat    = "Sum"
      metrics = [for name in local.function_names : ["AWS/Lambda", "Errors", "FunctionName", name]]
    },
    {
      title   = "Duration of the functions (p99, ms)"
      stat    = "p99"
      metrics = [for name in local.function_names : ["AWS/Lambda", "Duration", "FunctionName", name]]
    },
    {
      title   = "Throttled invocations"
      stat    = "Sum"
      metrics = [for name in local.function_names : ["AWS/Lambda", "Throttles", "FunctionName", name]]
    },
    {
      title   = "Put into quarantine"
      stat    = "Sum"
      metrics = [for function in keys(local.deployed) : ["Orderflow", "Quarantined", "service", function]]
    },
  ]
}
