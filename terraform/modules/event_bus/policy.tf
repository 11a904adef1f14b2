resource "aws_cloudwatch_event_bus_policy" "this" {
  count = length(var.senders) == 0 ? 0 : 1

  event_bus_name = aws_cloudwatch_event_bus.this.name

  policy = jsonencode({ Version = "2012-10-17", Statement = [for key, sender in var.senders : {
    Sid    = join("", [for word in split("_", key) : title(word)])
    Effect = "Allow"
    Action = ["events:PutEvents"]
    # A wildcard principal is used only with the condition aws:PrincipalOrgID below.
    Principal = { AWS = sender.organization_id == null ? [for account in sender.accounts : "arn:${local.partition}:iam::${account}:root"] : ["*"] }
    Resource  = [local.bus_arn]
    Condition = { StringEquals = { for variable, values in {
      "events:source"      = tolist(sender.sources)
      "events:detail-type" = tolist(sender.detail_types)
      "aws:PrincipalOrgID" = sender.organization_id[*]
    } : variable => values if length(values) > 0 } }
  }] })
}
