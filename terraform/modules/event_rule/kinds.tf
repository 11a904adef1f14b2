locals {
  lambdas          = { for key, target in var.targets : key => target.lambda if target.lambda != null }
  queues           = { for key, target in var.targets : key => target.sqs if target.sqs != null }
  topics           = { for key, target in var.targets : key => target.sns if target.sns != null }
  kinesis_streams  = { for key, target in var.targets : key => target.kinesis if target.kinesis != null }
  firehose_streams = { for key, target in var.targets : key => target.firehose if target.firehose != null }
  api_destinations = { for key, target in var.targets : key => target.api_destination if target.api_destination != null }
  buses            = { for key, target in var.targets : key => target.event_bus if target.event_bus != null }
  state_machines   = { for key, target in var.targets : key => target.step_functions if target.step_functions != null }
  log_groups       = { for key, target in var.targets : key => target.log_group if target.log_group != null }

  target_arns = merge(
    { for key, lambda in local.lambdas : key => lambda.function_arn },
    { for key, queue in local.queues : key => queue.queue_arn },
    { for key, topic in local.topics : key => topic.topic_arn },
    { for key, stream in local.kinesis_streams : key => stream.stream_arn },
    { for key, stream in local.firehose_streams : key => stream.stream_arn },
    { for key, destination in aws_cloudwatch_event_api_destination.this : key => destination.arn },
    { for key, bus in local.buses : key => bus.bus_arn },
    { for key, machine in local.state_machines : key => machine.state_machine_arn },
    { for key, group in local.log_groups : key => trimsuffix(group.log_group_arn, ":*") },
  )

  target_services = merge(
    { for key in keys(local.lambdas) : key => "lambda" },
    { for key in keys(local.queues) : key => "sqs" },
    { for key in keys(local.topics) : key => "sns" },
    { for key in keys(local.kinesis_streams) : key => "kinesis" },
    { for key in keys(local.firehose_streams) : key => "firehose" },
    { for key in concat(keys(local.api_destinations), keys(local.buses)) : key => "events" },
    { for key in keys(local.state_machines) : key => "states" },
    { for key in keys(local.log_groups) : key => "logs" },
  )
}
