resource "aws_schemas_registry" "this" {
  name        = var.name
  tags        = var.tags
  description = "Contracts of the events of ${var.name}"
}

resource "aws_schemas_schema" "this" {
  for_each = var.contracts

  name          = each.key
  tags          = var.tags
  registry_name = aws_schemas_registry.this.name
  type          = "JSONSchemaDraft4"
  description   = substr(coalesce(try(jsondecode(each.value).description, null), each.key), 0, 256)
  content       = each.value
}
