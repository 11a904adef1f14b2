output "json" {
  description = "The policy as JSON text."
  value       = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}
