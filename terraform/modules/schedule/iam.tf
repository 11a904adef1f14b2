resource "aws_iam_role" "this" {
  name               = "${var.name}-scheduler"
  assume_role_policy = module.trust_policy.json
}

resource "aws_iam_role_policy" "this" {
  name   = "schedule"
  role   = aws_iam_role.this.id
  policy = module.policy.json
}

module "trust_policy" {
  source = "../policy_document"

  statements = [{
    sid        = "Scheduler"
    principals = { Service = ["scheduler.amazonaws.com"] }
    actions    = ["sts:AssumeRole"]
    conditions = [
      # Scheduler sends the ARN of the group, not of the schedule.
      { test = "ArnEquals", variable = "aws:SourceArn", values = [local.group_arn] },
      { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] },
    ]
  }]
}

module "policy" {
  source = "../policy_document"

  statements = concat(
    [
      for arn in var.target.function_arn[*] : { sid = "InvokeFunction", actions = ["lambda:InvokeFunction"], resources = [arn] }
    ],
    [
      {
        sid       = "SendMessages"
        actions   = ["sqs:SendMessage"]
        resources = concat([local.dead_letter_queue_arn], var.target.queue_arn[*])
      },
      {
        sid        = "ReadInput"
        actions    = ["kms:Decrypt"]
        resources  = [var.kms_key_arn]
        conditions = [{ test = "StringEquals", variable = "kms:EncryptionContext:aws:scheduler:schedule:arn", values = [local.schedule_arn] }]
      },
      {
        sid        = "EncryptMessages"
        actions    = ["kms:Decrypt", "kms:GenerateDataKey"]
        resources  = [var.kms_key_arn]
        conditions = [{ test = "StringEquals", variable = "kms:ViaService", values = ["sqs.${local.region}.amazonaws.com"] }]
      },
    ],
  )
}
