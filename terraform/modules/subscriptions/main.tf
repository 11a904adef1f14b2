data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id

  # E.164: + and up to 15 digits.
  endpoint_formats = {
    sqs         = "^arn:[^:]+:sqs:[^:]+:[0-9]{12}:[A-Za-z0-9_-]+$"
    lambda      = "^arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[^:]+(:[^:]+)?$"
    firehose    = "^arn:[^:]+:firehose:[^:]+:[0-9]{12}:deliverystream/.+$"
    https       = "^https://[^/@\\s]+(/\\S*)?$"
    email       = "^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$"
    email-json  = "^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$"
    sms         = "^\\+[1-9][0-9]{1,14}$"
    application = "^arn:[^:]+:sns:[^:]+:[0-9]{12}:endpoint/[^/]+/[^/]+/[^/]+$"
  }

  endpoint_hints = {
    sqs         = "the ARN of a standard queue"
    lambda      = "the ARN of a function, version or alias"
    firehose    = "the ARN of a delivery stream"
    https       = "an https:// URL without a user name"
    email       = "one email address"
    email-json  = "one email address"
    sms         = "a number in E.164 format (+, country code and digits only), such as +31201234567"
    application = "the ARN of a platform endpoint (arn:aws:sns:<region>:<account>:endpoint/...)"
  }

  http_deliveries = { for key, subscription in var.subscriptions : key => subscription.http_delivery if subscription.protocol == "https" }
}

resource "aws_sns_topic_subscription" "this" {
  for_each = var.subscriptions

  topic_arn              = var.topic.arn
  protocol               = each.value.protocol
  endpoint               = each.value.endpoint
  endpoint_auto_confirms = each.value.protocol == "https" && each.value.http_delivery.waits_for_confirmation
  raw_message_delivery   = each.value.raw_message_delivery
  filter_policy          = each.value.filter_policy
  filter_policy_scope    = each.value.filter_policy_scope == "MessageAttributes" ? null : each.value.filter_policy == null ? null : each.value.filter_policy_scope
  subscription_role_arn  = one([for key, role in aws_iam_role.firehose : role.arn if key == each.key])
  redrive_policy         = jsonencode({ deadLetterTargetArn = module.dead_letter_queue[each.key].queue.arn })
  delivery_policy        = lookup(local.delivery_policies, each.key, null)

  lifecycle {
    precondition {
      condition     = var.topic.audience == "people" || !contains(["email", "email-json", "sms", "application"], each.value.protocol)
      error_message = "Subscribe '${each.key}' (${each.value.protocol}) to a topic whose audience is people; this topic is for systems only."
    }
    precondition {
      condition     = can(regex(local.endpoint_formats[each.value.protocol], each.value.endpoint))
      error_message = "`endpoint` of subscription '${each.key}' (${each.value.protocol}) must be ${local.endpoint_hints[each.value.protocol]}; got '${each.value.endpoint}'."
    }
    precondition {
      condition     = length(lookup(local.filter_problems, each.key, [])) == 0
      error_message = "Change `filter_policy` of subscription '${each.key}': ${join("; ", lookup(local.filter_problems, each.key, []))}."
    }
    precondition {
      condition     = length(lookup(local.http_problems, each.key, [])) == 0
      error_message = "Change `http_delivery` of subscription '${each.key}': ${join("; ", lookup(local.http_problems, each.key, []))}."
    }
  }

  # Without the permission SNS would send the first messages to the dead-letter queue.
  depends_on = [aws_lambda_permission.this, aws_iam_role_policy.firehose, terraform_data.body_filter_policy_must_be_known_at_plan]
}
