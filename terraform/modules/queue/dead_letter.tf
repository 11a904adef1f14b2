module "dead_letter_queue" {
  source            = "../dead_letter_queue"
  name              = var.name
  kms_key_arn       = var.kms_key_arn
  fifo              = var.fifo != null
  source_queue_arns = [local.arn]
  tags              = var.tags

  alarm = {
    description = "Messages of ${local.name} were received ${var.max_receive_count} times without being processed."
    kind        = "queue-dead-letter"
    topic_arn   = var.alarm_topic_arn
  }
}
