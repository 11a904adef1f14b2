locals {
  routing_statements = {
    for environment in var.environments : environment => [
      {
        Sid    = "Events"
        Effect = "Allow"
        Action = [
          "events:CreateEventBus", "events:UpdateEventBus", "events:DeleteEventBus",
          "events:PutRule", "events:DeleteRule", "events:PutTargets", "events:RemoveTargets",
          "events:CreateArchive", "events:UpdateArchive", "events:DeleteArchive",
          "events:CreateConnection", "events:UpdateConnection", "events:DeleteConnection",
          "events:CreateApiDestination", "events:UpdateApiDestination", "events:DeleteApiDestination",
          "events:TagResource", "events:UntagResource",
        ]
        Resource = local.owned_arns[environment].events
      },
      {
        Sid    = "Schemas"
        Effect = "Allow"
        Action = [
          "schemas:CreateRegistry", "schemas:UpdateRegistry", "schemas:DeleteRegistry", "schemas:CreateSchema", "schemas:UpdateSchema",
          "schemas:DeleteSchema", "schemas:TagResource", "schemas:UntagResource",
        ]
        Resource = local.owned_arns[environment].schemas
      },
      {
        Sid    = "Schedules"
        Effect = "Allow"
        Action = [
          "scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule", "scheduler:CreateScheduleGroup",
          "scheduler:DeleteScheduleGroup", "scheduler:TagResource", "scheduler:UntagResource",
        ]
        Resource = local.owned_arns[environment].scheduler
      },
      {
        Sid      = "Topics"
        Effect   = "Allow"
        Action   = ["sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource"]
        Resource = local.owned_arns[environment].sns
      },
      {
        # Actions on a subscription work only with the resource `*`.
        Sid      = "Subscriptions"
        Effect   = "Allow"
        Action   = ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"]
        Resource = ["*"]
      },
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
        Resource = local.owned_arns[environment].sqs
      },
      {
        Sid    = "DeliveryStreams"
        Effect = "Allow"
        Action = [
          "firehose:CreateDeliveryStream", "firehose:UpdateDestination", "firehose:DeleteDeliveryStream", "firehose:TagDeliveryStream",
        "firehose:UntagDeliveryStream", "firehose:StartDeliveryStreamEncryption", ]
        Resource = local.owned_arns[environment].firehose
      },
      {
        # EventBridge creates and reads the secret of a connection with the caller's permissions.
        # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEventBridgeFullAccess.html
        Sid      = "ConnectionSecrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:CreateSecret", "secretsmanager:UpdateSecret", "secretsmanager:DeleteSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:DescribeSecret"]
        Resource = ["arn:${local.partition}:secretsmanager:${local.region_and_account}:secret:events!connection/${var.project}-${environment}-*"]
      },
      {
        # An API has no name in its ARN, so it is identified by its tags, and its routes, integrations and stages by their path.
        Sid       = "CreateApis"
        Effect    = "Allow"
        Action    = ["apigateway:POST", "apigateway:TagResource"]
        Resource  = ["arn:${local.partition}:apigateway:${var.region}::/apis"]
        Condition = { StringEquals = { "aws:RequestTag/project" = var.project, "aws:RequestTag/environment" = environment } }
      },
      {
        Sid       = "ManageApis"
        Effect    = "Allow"
        Action    = ["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE", "apigateway:TagResource", "apigateway:UntagResource"]
        Resource  = ["arn:${local.partition}:apigateway:${var.region}::/apis/*", "arn:${local.partition}:apigateway:${var.region}::/tags/*"]
        Condition = { StringEquals = { "aws:ResourceTag/project" = var.project, "aws:ResourceTag/environment" = environment } }
      },
    ]
  }
}
