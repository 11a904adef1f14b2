output "bus" { value = { name = module.bus.bus_name, arn = module.bus.bus_arn, archive_name = module.bus.archive_name } }
output "queue_urls" { value = { for name, queue in module.received : name => queue.queue_url } }
output "fifo_url" { value = module.fifo.queue_url }
output "topic_arns" { value = { orders = module.orders.topic_arn, notices = module.notices.topic_arn } }
output "application_arn" { value = module.app.application_arn }
output "state_machine_arn" { value = aws_sfn_state_machine.this.arn }
output "table_names" { value = { for view_type, table in module.table : view_type => table.table_name } }
