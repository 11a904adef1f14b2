output "registry_name" {
  description = "Name of the registry; available after every contract has been registered."
  value       = aws_schemas_registry.this.name
  depends_on  = [aws_schemas_schema.this]
}

output "registry_arn" {
  description = "ARN of the registry; available after every contract has been registered."
  value       = aws_schemas_registry.this.arn
  depends_on  = [aws_schemas_schema.this]
}

output "schema_arns" {
  description = "ARNs of the schemas, by name."
  value       = { for name, schema in aws_schemas_schema.this : name => schema.arn }
}
