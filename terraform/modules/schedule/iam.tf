resource "aws_iam_role" "this" {
  name                 = "${var.name}-scheduler"
  tags                 = var.tags
  permissions_boundary = var.permissions_boundary_arn

  # Scheduler sends the group's ARN as aws:SourceArn, not the schedule's.
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "Scheduler"
    Effect    = "Allow"
    Principal = { Service = ["scheduler.amazonaws.com"] }
    Action    = ["sts:AssumeRole"]
    Condition = { ArnEquals = { "aws:SourceArn" = [local.group_arn] }, StringEquals = { "aws:SourceAccount" = [local.account_id] } }
  }] })
}

resource "aws_iam_role_policy" "this" {
  name = "schedule"
  role = aws_iam_role.this.id

  policy = jsonencode({ Version = "2012-10-17", Statement = concat(
    [for rule in var.target.rule_to_disable[*] : { Sid = "DisableRule", Effect = "Allow", Action = ["events:DisableRule"], Resource = [rule.arn] }],
    [for arn in var.target.function_arn[*] : { Sid = "InvokeFunction", Effect = "Allow", Action = ["lambda:InvokeFunction"], Resource = [arn] }],
    [
      { Sid = "SendMessages", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = concat([module.dead_letter_queue.arn], var.target.queue_arn[*]) },
      {
        Sid       = "ReadInput"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [var.kms_key_arn]
        Condition = { StringEquals = { "kms:EncryptionContext:aws:scheduler:schedule:arn" = [local.schedule_arn] } }
      },
      {
        Sid       = "EncryptMessages"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [var.kms_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = ["sqs.${local.region}.amazonaws.com"] } }
      },
    ],
  ) })
}
