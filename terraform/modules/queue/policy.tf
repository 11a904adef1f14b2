module "policy" {
  source = "../policy_document"

  statements = concat(
    [{
      sid        = "DenyPlainHttp"
      effect     = "Deny"
      principals = { AWS = ["*"] }
      actions    = ["sqs:*"]
      resources  = [local.arn]
      conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
    }],
    [
      for key, sender in var.allowed_senders : {
        sid        = "Allow${join("", [for word in regexall("[A-Za-z0-9]+", key) : title(word)])}"
        principals = { Service = [sender.service] }
        actions    = ["sqs:SendMessage"]
        resources  = [local.arn]
        conditions = [
          { test = "ArnEquals", variable = "aws:SourceArn", values = [sender.source_arn] },
          # Not every service sends the account to SQS (EventBridge is documented with the ARN only). Where it is left out, the ARN
          # names it; the ARN of a bucket does not, and S3 does send it.
          { test = "StringEqualsIfExists", variable = "aws:SourceAccount", values = [data.aws_caller_identity.this.account_id] },
        ]
      }
    ],
  )
}

module "dead_letter_policy" {
  source = "../policy_document"

  statements = [{
    sid        = "DenyPlainHttp"
    effect     = "Deny"
    principals = { AWS = ["*"] }
    actions    = ["sqs:*"]
    resources  = [local.dead_letter_arn]
    conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
  }]
}
