# The targets of the rule and of its redrive rules, which call the same API destinations in the same way.
locals {
  rule_targets = merge(
    { for key, target in var.targets : key => merge(target, { key = key, rule = aws_cloudwatch_event_rule.this.name }) },
    { for key in keys(local.api_destinations) : "${key}-redrive" => merge(var.targets[key], { key = key, rule = aws_cloudwatch_event_rule.redrive[key].name }) },
  )
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.rule_targets

  rule           = each.value.rule
  event_bus_name = var.bus_name
  target_id      = each.value.key
  arn            = local.target_arns[each.value.key]
  role_arn       = one([for role_key, role in aws_iam_role.target : role.arn if role_key == each.value.key])
  input          = one(each.value.input[*].constant)
  input_path     = one(each.value.input[*].path)

  dead_letter_config { arn = module.dead_letter_queue[each.value.key].queue.arn }

  retry_policy {
    maximum_retry_attempts       = each.value.retry.maximum_attempts
    maximum_event_age_in_seconds = each.value.retry.maximum_age_seconds
  }

  dynamic "input_transformer" {
    for_each = [for input in each.value.input[*] : input if input.template != null]
    content {
      input_paths    = input_transformer.value.values
      input_template = input_transformer.value.template
    }
  }

  dynamic "sqs_target" {
    for_each = [for queue in each.value.sqs[*] : queue if queue.message_group_id != null]
    content { message_group_id = sqs_target.value.message_group_id }
  }

  dynamic "kinesis_target" {
    for_each = each.value.kinesis[*]
    content { partition_key_path = kinesis_target.value.partition_key_path }
  }

  dynamic "http_target" {
    # AWS does not return an empty block, so every plan would show a change.
    for_each = [for call in each.value.api_destination[*] : call if length(call.header_parameters) + length(call.query_parameters) + length(call.path_parameters) > 0]
    content {
      header_parameters       = http_target.value.header_parameters
      query_string_parameters = http_target.value.query_parameters
      path_parameter_values   = http_target.value.path_parameters
    }
  }

  lifecycle {
    precondition {
      condition     = can(regex("^arn:[^:]+:${local.target_services[each.value.key]}:", local.target_arns[each.value.key]))
      error_message = "The ARN of target '${each.key}' must begin with arn:<partition>:${local.target_services[each.value.key]}:, to match the kind of target under which it is set; got '${local.target_arns[each.value.key]}'."
    }
    precondition {
      condition     = local.target_services[each.value.key] == "events" || startswith(local.target_arns[each.value.key], "arn:${local.partition}:${local.target_services[each.value.key]}:${local.region}:${local.account_id}:")
      error_message = "Target '${each.key}' must be in this account and Region, or be an `event_bus`; got ${local.target_arns[each.value.key]}. To reach it, send to a bus of its account and Region, and add a rule there."
    }
    precondition {
      condition     = alltrue([for queue in each.value.sqs[*] : endswith(queue.queue_arn, ".fifo") == (queue.message_group_id != null)])
      error_message = "Set `message_group_id` for target '${each.key}' if and only if its queue is a FIFO queue (its name ends in .fifo)."
    }
    precondition {
      condition     = alltrue([for topic in each.value.sns[*] : !endswith(topic.topic_arn, ".fifo")])
      error_message = "`sns.topic_arn` of target '${each.key}' must be the ARN of a standard topic: EventBridge does not support FIFO topics. To preserve order, use a FIFO queue (`sqs` with `message_group_id`)."
    }
    precondition {
      condition     = alltrue([for stream in each.value.kinesis[*] : can(regex("^\\$[.[]", stream.partition_key_path))])
      error_message = "`partition_key_path` of target '${each.key}' must be a JSON path into the event, such as $.detail.data.order_id."
    }
    precondition {
      condition     = alltrue([for input in each.value.input[*] : 1 == length(compact([input.constant == null ? "" : "1", input.path == null ? "" : "1", input.template == null ? "" : "1"]))])
      error_message = "Set exactly one of `constant`, `path` and `template` in `input` of target '${each.key}', or omit `input` to send the complete event."
    }
    precondition {
      condition     = each.value.input == null || each.value.event_bus == null
      error_message = "Omit `input` of target '${each.key}': an event bus must receive the event as its contract defines it. Transform the event in a rule of the receiving bus."
    }
    precondition {
      condition     = alltrue(flatten([for input in each.value.input[*] : [for constant in input.constant[*] : can(jsondecode(constant))]]))
      error_message = "`input.constant` of target '${each.key}' must be JSON, for example from jsonencode()."
    }
    precondition {
      condition     = alltrue(flatten([for input in each.value.input[*] : [for path in concat(input.path[*], values(input.values)) : can(regex("^\\$([.[]|$)", path))]]))
      error_message = "`input.path` and `input.values` of target '${each.key}' must be JSON paths into the event, such as $.detail.data."
    }
    precondition {
      condition     = alltrue([for input in each.value.input[*] : length(input.values) == 0 || input.template != null])
      error_message = "Use `input.values` of target '${each.key}' together with `input.template`: they are the values of the template's <placeholders>."
    }
    precondition {
      condition     = each.value.log_group == null || alltrue([for input in each.value.input[*] : can(regex("\"timestamp\".*\"message\"", input.template))])
      error_message = "`input.template` of target '${each.key}' must be {\"timestamp\":<time>,\"message\":<text>}: CloudWatch Logs accepts no other format, no constant and no path."
    }
  }

  # If a target were attached before its permission existed, EventBridge would send the first events to the dead-letter queue.
  depends_on = [aws_iam_role_policy.target, aws_lambda_permission.this, aws_cloudwatch_log_resource_policy.this]
}
