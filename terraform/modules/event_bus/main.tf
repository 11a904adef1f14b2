data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id

  bus_arn = "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${var.name}"

  # The name of a partner's bus contains slashes, which the names of archives and queues must not contain.
  resource_name = trim(replace(var.name, "/[^A-Za-z0-9_-]+/", "-"), "-")
  archive_name  = join("", [for archive in var.archive[*] : coalesce(archive.name, local.resource_name)])
}

resource "aws_cloudwatch_event_bus" "this" {
  name               = var.name
  event_source_name  = var.partner_event_source_name
  kms_key_identifier = var.kms_key_arn
  tags               = var.tags

  dead_letter_config { arn = module.dead_letter_queue.queue.arn }
}

resource "aws_cloudwatch_event_archive" "this" {
  count = var.archive == null ? 0 : 1

  name             = local.archive_name
  event_source_arn = aws_cloudwatch_event_bus.this.arn
  retention_days   = var.archive.retention_days
  event_pattern    = var.archive.event_pattern

  lifecycle {
    precondition {
      condition     = can(regex("^[.\\-_A-Za-z0-9]{1,48}$", local.archive_name))
      error_message = "archive.name must be 1 to 48 letters, digits, '.', '_' or '-'; got '${local.archive_name}'. Set it if the default, derived from the name of the bus, is not valid."
    }
    precondition {
      condition     = length(flatten(values(module.archive_pattern.problems))) == 0
      error_message = "Change `archive.event_pattern`: ${join("; ", flatten(values(module.archive_pattern.problems)))}."
    }
  }
}

module "archive_pattern" {
  source   = "../pattern"
  patterns = { for pattern in flatten([for archive in var.archive[*] : archive.event_pattern[*]]) : "archive" => pattern }
}

resource "aws_schemas_discoverer" "this" {
  count = var.schema_discovery ? 1 : 0

  source_arn  = aws_cloudwatch_event_bus.this.arn
  description = "Infers the schemas of events on ${var.name}"
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = var.kms_key_arn == null
      error_message = "Set `schema_discovery = false` or `kms_key_arn = null`: EventBridge cannot discover schemas on a bus that is encrypted with a customer managed key."
    }
  }
}
