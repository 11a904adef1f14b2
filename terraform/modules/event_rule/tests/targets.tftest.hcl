# Roles, function permissions and log policies through which the rule reaches its targets.
mock_provider "aws" { source = "../../testing" }

variables {
  name          = "orderflow-dev-router"
  bus_name      = "orderflow-dev-orders"
  event_pattern = "{\"source\":[\"orderflow.finance\"]}"
}

# proves: target/permission
run "each_role_reaches_only_its_target_and_trusts_only_this_rule" {
  command = plan
  variables {
    targets = {
      stream = { kinesis = {
        stream_arn  = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"
        kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
      } }
      delivery = { firehose = { stream_arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/events" } }
      returns  = { step_functions = { state_machine_arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:returns" } }
      central  = { event_bus = { bus_arn = "arn:aws:events:us-east-1:444455556666:event-bus/central" } }
    }
  }
  assert {
    condition = { for target, role in aws_iam_role_policy.target : target => jsondecode(role.policy).Statement } == {
      stream = [
        { Sid = "WriteToStream", Effect = "Allow", Action = ["kinesis:PutRecord"], Resource = ["arn:aws:kinesis:eu-west-1:111122223333:stream/orders"] },
        {
          Sid       = "EncryptForStream"
          Effect    = "Allow"
          Action    = ["kms:GenerateDataKey"]
          Resource  = ["arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"]
          Condition = { StringEquals = { "kms:ViaService" = ["kinesis.eu-west-1.amazonaws.com"] } }
        },
      ]
      delivery = [{ Sid = "WriteToStream", Effect = "Allow", Action = ["firehose:PutRecord", "firehose:PutRecordBatch"], Resource = ["arn:aws:firehose:eu-west-1:111122223333:deliverystream/events"] }]
      returns  = [{ Sid = "StartExecution", Effect = "Allow", Action = ["states:StartExecution"], Resource = ["arn:aws:states:eu-west-1:111122223333:stateMachine:returns"] }]
      central  = [{ Sid = "ForwardToBus", Effect = "Allow", Action = ["events:PutEvents"], Resource = ["arn:aws:events:us-east-1:444455556666:event-bus/central"] }]
    }
    error_message = "Each role must have access to its target only."
  }
  assert {
    condition = alltrue([for role in aws_iam_role.target : jsondecode(role.assume_role_policy).Statement == [{
      Sid       = "ThisRule"
      Effect    = "Allow"
      Action    = ["sts:AssumeRole"]
      Principal = { Service = ["events.amazonaws.com"] }
      Condition = {
        ArnEquals    = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-router"] }
        StringEquals = { "aws:SourceAccount" = ["111122223333"] }
      }
    }]])
    error_message = "No other rule or account may assume the roles."
  }
}

run "functions_and_log_groups_need_no_role" {
  command = plan
  variables {
    targets = {
      worker = { lambda = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-pos_import" } }
      alias  = { lambda = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-pos_import:live" } }
      journal = {
        log_group = { log_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders:*" }
        input     = { template = "{\"timestamp\":<at>,\"message\":<id>}", values = { at = "$.time", id = "$.id" } }
      }
    }
  }
  assert {
    condition = jsonencode({ for target, permission in aws_lambda_permission.this : target => [permission.function_name, permission.qualifier, permission.principal, permission.source_arn] }) == jsonencode({
      worker = ["arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-pos_import", null, "events.amazonaws.com", output.rule_arn]
      alias  = ["arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-pos_import", "live", "events.amazonaws.com", output.rule_arn]
    })
    error_message = "The permission must be for this rule, and on the alias if that is the target: an alias has its own resource policy."
  }
  assert {
    condition     = alltrue([for permission in aws_lambda_permission.this : permission.source_account == null])
    error_message = "EventBridge sends no source account to a function, so a permission must not require one."
  }
  assert {
    condition     = length(aws_iam_role.target) == 0
    error_message = "Functions and log groups must be reached through resource policies, without a role."
  }
  assert {
    condition     = aws_cloudwatch_event_target.this["journal"].arn == "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders"
    error_message = "The log group's ARN must have no trailing :*, as EventBridge requires."
  }
  assert {
    condition     = flatten([for statement in jsondecode(aws_cloudwatch_log_resource_policy.this[0].policy_document).Statement : statement.Resource]) == ["arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders:*", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders:*:*"]
    error_message = "The resource policy must apply to this log group only."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_log_resource_policy.this[0].policy_document).Statement[1].Condition.ArnEquals["aws:SourceArn"] == [output.rule_arn]
    error_message = "Only this rule may write into the log group."
  }
}
