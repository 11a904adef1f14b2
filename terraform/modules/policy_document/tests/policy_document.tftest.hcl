variables {
  statements = [
    {
      sid       = "Publish"
      actions   = ["events:PutEvents"]
      resources = ["arn:aws:events:eu-west-1:111122223333:event-bus/orders"]
      conditions = [
        { test = "StringEquals", variable = "events:source", values = ["orderflow.webhooks"] },
        { test = "StringEquals", variable = "events:detail-type", values = ["PaymentCaptured", "OrderDelivered"] },
        { test = "ArnLike", variable = "aws:PrincipalArn", values = ["arn:aws:iam::111122223333:role/webhooks"] },
      ]
    },
    {
      sid        = "DenyPlainHttp"
      effect     = "Deny"
      principals = { AWS = ["*"] }
      actions    = ["sqs:*"]
      resources  = ["arn:aws:sqs:eu-west-1:111122223333:orders"]
      conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
    },
    {
      sid       = "Notify"
      actions   = ["sns:Publish"]
      resources = ["arn:aws:sns:eu-west-1:111122223333:orders"]
    },
  ]
}

run "every_statement_is_written_out_in_full_on_aws" {
  command = plan

  assert {
    condition = jsondecode(output.json) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "Publish"
          Effect   = "Allow"
          Action   = ["events:PutEvents"]
          Resource = ["arn:aws:events:eu-west-1:111122223333:event-bus/orders"]
          Condition = {
            StringEquals = {
              "events:source"      = ["orderflow.webhooks"]
              "events:detail-type" = ["OrderDelivered", "PaymentCaptured"]
            }
            ArnLike = { "aws:PrincipalArn" = ["arn:aws:iam::111122223333:role/webhooks"] }
          }
        },
        {
          Sid       = "DenyPlainHttp"
          Effect    = "Deny"
          Principal = { AWS = ["*"] }
          Action    = ["sqs:*"]
          Resource  = ["arn:aws:sqs:eu-west-1:111122223333:orders"]
          Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
        },
        {
          Sid      = "Notify"
          Effect   = "Allow"
          Action   = ["sns:Publish"]
          Resource = ["arn:aws:sns:eu-west-1:111122223333:orders"]
        },
      ]
    }
    error_message = "Without gaps the document must hold every statement and every condition as given."
  }
}

run "a_trust_policy_names_no_resource" {
  command = plan

  variables {
    statements = [{ sid = "Lambda", principals = { Service = ["lambda.amazonaws.com"] }, actions = ["sts:AssumeRole"] }]
  }

  assert {
    condition = jsondecode(output.json).Statement == [
      { Sid = "Lambda", Effect = "Allow", Principal = { Service = ["lambda.amazonaws.com"] }, Action = ["sts:AssumeRole"] },
    ]
    error_message = "IAM refuses a trust policy that has the Resource element, even an empty one."
  }
}

run "a_misspelt_effect_is_refused" {
  command = plan

  variables {
    statements = [{ sid = "Publish", effect = "allow", actions = ["sns:Publish"], resources = ["*"] }]
  }

  expect_failures = [var.statements]
}

run "a_sid_with_punctuation_is_refused" {
  command = plan

  variables {
    statements = [{ sid = "publish-orders", actions = ["sns:Publish"], resources = ["*"] }]
  }

  expect_failures = [var.statements]
}

run "two_statements_with_one_sid_are_refused" {
  command = plan

  variables {
    statements = [
      { sid = "Publish", actions = ["sns:Publish"], resources = ["*"] },
      { sid = "Publish", actions = ["events:PutEvents"], resources = ["*"] },
    ]
  }

  expect_failures = [var.statements]
}

run "a_repeated_condition_is_refused" {
  command = plan

  variables {
    statements = [{
      sid       = "Publish"
      actions   = ["events:PutEvents"]
      resources = ["*"]
      conditions = [
        { test = "StringEquals", variable = "events:source", values = ["a"] },
        { test = "StringEquals", variable = "events:source", values = ["b"] },
      ]
    }]
  }

  expect_failures = [var.statements]
}
