mock_provider "aws" {
  source = "../../testing"
}

variables {
  name          = "orderflow-dev-router"
  bus_name      = "orderflow-dev-orders"
  event_pattern = "{\"source\":[\"orderflow.finance\"]}"
}

run "lets_the_rule_and_nobody_else_invoke_the_function" {
  command = plan
  variables { targets = { worker = { lambda = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-pos_import" } } } }

  assert {
    condition     = aws_lambda_permission.this["worker"].function_name == "arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-pos_import" && aws_lambda_permission.this["worker"].principal == "events.amazonaws.com" && aws_lambda_permission.this["worker"].source_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-router"
    error_message = "The permission must be for this rule."
  }

  assert {
    condition     = aws_lambda_permission.this["worker"].source_account == null
    error_message = "EventBridge sets no source account for a function: a permission that asks for one never matches."
  }

  assert {
    condition     = length(aws_iam_role.target) == 0 && aws_cloudwatch_event_target.this["worker"].role_arn == null
    error_message = "A function is invoked through its resource policy, without a role."
  }
}

run "gives_the_permission_on_the_alias_that_is_the_target" {
  command = plan
  variables { targets = { worker = { lambda = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-pos_import:live" } } } }

  assert {
    condition     = aws_lambda_permission.this["worker"].function_name == "arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-pos_import" && aws_lambda_permission.this["worker"].qualifier == "live"
    error_message = "An alias has a resource policy of its own."
  }
}

run "keeps_an_order_per_message_group_in_a_fifo_queue" {
  command = plan
  variables { targets = { ordered = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orders.fifo", message_group_id = "orders" } } } }

  assert {
    condition     = one(aws_cloudwatch_event_target.this["ordered"].sqs_target).message_group_id == "orders" && aws_cloudwatch_event_target.this["ordered"].role_arn == null
    error_message = "A FIFO queue needs its message group, and no role."
  }
}

run "writes_to_an_encrypted_stream_with_a_role_for_that_stream_and_key_only" {
  command = plan

  variables {
    targets = { stream = { kinesis = {
      stream_arn         = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"
      partition_key_path = "$.detail.data.order_id"
      kms_key_arn        = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    } } }
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.target["stream"].policy).Statement == [
      { Sid = "WriteToStream", Effect = "Allow", Action = ["kinesis:PutRecord"], Resource = ["arn:aws:kinesis:eu-west-1:111122223333:stream/orders"] },
      {
        Sid       = "EncryptForStream"
        Effect    = "Allow"
        Action    = ["kms:GenerateDataKey"]
        Resource  = ["arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"]
        Condition = { StringEquals = { "kms:ViaService" = ["kinesis.eu-west-1.amazonaws.com"] } }
      },
    ]
    error_message = "The role must be able to write to this stream and to nothing else."
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.this["stream"].kinesis_target).partition_key_path == "$.detail.data.order_id"
    error_message = "The partition key must come from the event."
  }
}

# proves: target/permission
run "lets_eventbridge_use_a_role_for_this_rule_only" {
  command = plan
  variables { targets = { delivery = { firehose = { stream_arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/events" } } } }

  assert {
    condition = jsondecode(aws_iam_role.target["delivery"].assume_role_policy).Statement == [{
      Sid       = "ThisRule"
      Effect    = "Allow"
      Action    = ["sts:AssumeRole"]
      Principal = { Service = ["events.amazonaws.com"] }
      Condition = {
        ArnEquals    = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-router"] }
        StringEquals = { "aws:SourceAccount" = ["111122223333"] }
      }
    }]
    error_message = "The role must be closed to every other rule and account."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.target["delivery"].policy).Statement == [{ Sid = "WriteToStream", Effect = "Allow", Action = ["firehose:PutRecord", "firehose:PutRecordBatch"], Resource = ["arn:aws:firehose:eu-west-1:111122223333:deliverystream/events"] }]
    error_message = "The role must be able to write to this delivery stream and to nothing else."
  }
}

run "starts_executions_of_one_state_machine" {
  command = plan
  variables { targets = { returns = { step_functions = { state_machine_arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:returns" } } } }

  assert {
    condition     = jsondecode(aws_iam_role_policy.target["returns"].policy).Statement == [{ Sid = "StartExecution", Effect = "Allow", Action = ["states:StartExecution"], Resource = ["arn:aws:states:eu-west-1:111122223333:stateMachine:returns"] }]
    error_message = "The role must be able to start this state machine and nothing else."
  }
}

run "forwards_to_a_bus_in_another_account_and_region" {
  command = plan
  variables { targets = { central = { event_bus = { bus_arn = "arn:aws:events:us-east-1:444455556666:event-bus/central" } } } }

  assert {
    condition     = aws_cloudwatch_event_target.this["central"].arn == "arn:aws:events:us-east-1:444455556666:event-bus/central" && jsondecode(aws_iam_role_policy.target["central"].policy).Statement == [{ Sid = "ForwardToBus", Effect = "Allow", Action = ["events:PutEvents"], Resource = ["arn:aws:events:us-east-1:444455556666:event-bus/central"] }]
    error_message = "The role must be able to put events on that bus and nowhere else."
  }
}

run "writes_to_a_log_group_through_a_policy_of_that_group" {
  command = plan
  variables { targets = { journal = { log_group = { log_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders:*" } } } }

  assert {
    condition     = aws_cloudwatch_event_target.this["journal"].arn == "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders"
    error_message = "EventBridge takes the log group's ARN without the :* at its end."
  }

  assert {
    condition     = flatten([for statement in jsondecode(aws_cloudwatch_log_resource_policy.this["journal"].policy_document).Statement : statement.Resource]) == ["arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders:*", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders:*:*"]
    error_message = "The policy must be for this log group only."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_log_resource_policy.this["journal"].policy_document).Statement[1].Condition.ArnEquals["aws:SourceArn"] == [output.rule_arn]
    error_message = "Only this rule may write into the log group."
  }
}

run "sends_a_part_of_the_event" {
  command = plan
  variables { targets = { audit = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { path = "$.detail.data" } } } }

  assert {
    condition     = aws_cloudwatch_event_target.this["audit"].input_path == "$.detail.data" && aws_cloudwatch_event_target.this["audit"].input == null && length(aws_cloudwatch_event_target.this["audit"].input_transformer) == 0
    error_message = "The target must get that part of the event only."
  }
}

run "sends_a_text_made_from_the_event" {
  command = plan

  variables {
    targets = { audit = {
      sns   = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }
      input = { template = "\"Order <order> was paid\"", values = { order = "$.detail.data.order_id" } }
    } }
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.this["audit"].input_transformer).input_template == "\"Order <order> was paid\"" && one(aws_cloudwatch_event_target.this["audit"].input_transformer).input_paths.order == "$.detail.data.order_id"
    error_message = "The target must get the template, filled from the event."
  }
}

run "sends_a_constant" {
  command = plan
  variables { targets = { audit = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { constant = "{\"kind\":\"sweep\"}" } } } }

  assert {
    condition     = aws_cloudwatch_event_target.this["audit"].input == "{\"kind\":\"sweep\"}" && aws_cloudwatch_event_target.this["audit"].input_path == null
    error_message = "The target must get the constant."
  }
}

run "accepts_a_log_group_template_of_timestamp_and_message" {
  command = plan

  variables {
    targets = { journal = {
      log_group = { log_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders" }
      input     = { template = "{\"timestamp\":<at>,\"message\":<id>}", values = { at = "$.time", id = "$.id" } }
    } }
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.this["journal"].input_transformer).input_template == "{\"timestamp\":<at>,\"message\":<id>}"
    error_message = "CloudWatch Logs takes a template with timestamp and message."
  }
}

run "serves_five_targets" {
  command = plan
  variables { targets = { for i in range(5) : "queue_${i}" => { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orders-${i}" } } } }

  assert {
    condition     = length(aws_cloudwatch_event_target.this) == 5 && length(module.dead_letter_queue) == 5
    error_message = "Five targets, the most a rule may have, must each have their queue."
  }
}
