locals {
  sender_statements = [for key, sender in var.senders : {
    Sid    = replace(title(replace(key, "_", " ")), " ", "")
    Effect = "Allow"
    Action = "events:PutEvents"
    # A wildcard is only ever written together with aws:PrincipalOrgID below.
    Principal = sender.organization_id == null ? {
      AWS = [for account in sort(sender.accounts) : "arn:${local.partition}:iam::${account}:root"]
    } : { AWS = ["*"] }
    Resource = local.bus_arn
    Condition = {
      StringEquals = merge(
        { "events:source" = sort(sender.sources) },
        length(sender.detail_types) == 0 ? {} : { "events:detail-type" = sort(sender.detail_types) },
        sender.organization_id == null ? {} : { "aws:PrincipalOrgID" = [sender.organization_id] },
      )
    }
  }]
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  count = length(var.senders) == 0 ? 0 : 1

  event_bus_name = aws_cloudwatch_event_bus.this.name
  policy         = jsonencode({ Version = "2012-10-17", Statement = local.sender_statements })
}
