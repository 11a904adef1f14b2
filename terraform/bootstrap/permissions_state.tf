locals {
  state_read_statements = {
    for environment in var.environments : environment => [
      {
        Sid       = "ListState"
        Effect    = "Allow"
        Action    = ["s3:ListBucket"]
        Resource  = [local.state_bucket_arn]
        Condition = { StringLike = { "s3:prefix" = ["${environment}/*"] } }
      },
      { Sid = "ReadState", Effect = "Allow", Action = ["s3:GetObject"], Resource = [local.state_object_arns[environment]] },
      { Sid = "DecryptState", Effect = "Allow", Action = ["kms:Decrypt"], Resource = [aws_kms_key.state.arn] },
    ]
  }

  # A lock is an object beside the state, created with a conditional write and deleted afterwards.
  state_write_statements = {
    for environment in var.environments : environment => [
      { Sid = "WriteState", Effect = "Allow", Action = ["s3:PutObject"], Resource = [local.state_object_arns[environment]] },
      {
        Sid      = "LockState"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = ["${local.state_object_arns[environment]}.tflock"]
      },
      { Sid = "EncryptState", Effect = "Allow", Action = ["kms:GenerateDataKey"], Resource = [aws_kms_key.state.arn] },
    ]
  }
}
