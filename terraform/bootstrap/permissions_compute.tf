locals {
  compute_statements = {
    for environment in var.environments : environment => [
      {
        Sid    = "Functions"
        Effect = "Allow"
        Action = [
          "lambda:PublishVersion", "lambda:CreateAlias", "lambda:UpdateAlias", "lambda:DeleteAlias", "lambda:GetFunctionConfiguration",
          "lambda:CreateFunction", "lambda:DeleteFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration",
          "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency", "lambda:PutFunctionEventInvokeConfig",
          "lambda:DeleteFunctionEventInvokeConfig", "lambda:AddPermission", "lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource",
        ]
        Resource = local.owned_arns[environment].lambda
      },
      {
        # An event source mapping has no name, so it is identified by the function that it invokes.
        Sid       = "CreateMappings"
        Effect    = "Allow"
        Action    = ["lambda:CreateEventSourceMapping"]
        Resource  = ["*"]
        Condition = { ArnLike = { "lambda:FunctionArn" = local.owned_arns[environment].lambda } }
      },
      {
        Sid       = "ManageMappings"
        Effect    = "Allow"
        Action    = ["lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"]
        Resource  = ["arn:${local.partition}:lambda:${local.region_and_account}:event-source-mapping:*"]
        Condition = { ArnLike = { "lambda:FunctionArn" = local.owned_arns[environment].lambda } }
      },
      {
        Sid      = "TagMappings"
        Effect   = "Allow"
        Action   = ["lambda:TagResource", "lambda:UntagResource"]
        Resource = ["arn:${local.partition}:lambda:${local.region_and_account}:event-source-mapping:*"]
      },
      # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
      merge(
        {
          Sid      = "CreateRoles"
          Effect   = "Allow"
          Action   = concat(["iam:CreateRole", "iam:PutRolePolicy"], [for _ in var.permissions_boundary_arn[*] : "iam:PutRolePermissionsBoundary"])
          Resource = local.owned_arns[environment].iam
        },
        { for arn in var.permissions_boundary_arn[*] : "Condition" => { StringEquals = { "iam:PermissionsBoundary" = arn } } },
      ),
      {
        Sid    = "ManageRoles"
        Effect = "Allow"
        Action = [
          "iam:DeleteRole", "iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole",
        ]
        Resource = local.owned_arns[environment].iam
      },
      { Sid = "ProtectBootstrapRoles", Effect = "Deny", Action = ["iam:*"], Resource = local.bootstrap_role_arns[environment] },
      {
        Sid       = "PassRolesToServices"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = local.owned_arns[environment].iam
        Condition = { StringEquals = { "iam:PassedToService" = local.pass_role_services } }
      },
      {
        Sid       = "ServiceLinkedRoles"
        Effect    = "Allow"
        Action    = ["iam:CreateServiceLinkedRole"]
        Resource  = ["arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/*"]
        Condition = { StringEquals = { "iam:AWSServiceName" = ["apidestinations.events.amazonaws.com", "ops.apigateway.amazonaws.com"] } }
      },
      {
        Sid    = "Logs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:CreateLogStream", "logs:DeleteLogStream", "logs:TagResource", "logs:UntagResource",
        ]
        Resource = local.owned_arns[environment].logs
      },
      {
        # The access logs of an HTTP API use a log delivery, whose actions work only with the resource `*`.
        Sid      = "AccessLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:PutResourcePolicy", "logs:DeleteResourcePolicy"]
        Resource = ["*"]
      },
      {
        Sid    = "AlarmsAndDashboards"
        Effect = "Allow"
        Action = [
          "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards",
          "cloudwatch:TagResource", "cloudwatch:UntagResource",
        ]
        Resource = local.owned_arns[environment].cloudwatch
      },
      {
        # The action works only with the resource `*`. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
        Sid      = "CompositeAlarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:PutCompositeAlarm"]
        Resource = ["*"]
      },
    ]
  }
}
