locals {
  dead_letter_names = { for key in keys(var.targets) : key => "${replace(var.name, ".", "-")}-${replace(key, "_", "-")}-dlq" }
  queue_arn_prefix  = "arn:${local.partition}:sqs:${local.region}:${local.account}"
}

resource "aws_sqs_queue" "dead_letter" {
  for_each = local.dead_letter_names

  name                      = each.value
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  policy                    = module.dead_letter_policy[each.key].json
}

module "dead_letter_policy" {
  source   = "../policy_document"
  for_each = local.dead_letter_names

  statements = [
    {
      sid        = "DenyPlainHttp"
      effect     = "Deny"
      principals = { AWS = ["*"] }
      actions    = ["sqs:*"]
      resources  = ["${local.queue_arn_prefix}:${each.value}"]
      conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
    },
    {
      sid        = "UndeliveredEvents"
      principals = { Service = ["events.amazonaws.com"] }
      actions    = ["sqs:SendMessage"]
      resources  = ["${local.queue_arn_prefix}:${each.value}"]
      conditions = [{ test = "ArnEquals", variable = "aws:SourceArn", values = concat([local.rule_arn], compact([lookup(local.redrive_arns, each.key, null)])) }]
    },
  ]
}
