# The partner creates the event source for this account; `aws events list-event-sources` shows its name.
module "bus" {
  source = "../.."

  name                      = "aws.partner/example.com/111122223333/orders"
  partner_event_source_name = "aws.partner/example.com/111122223333/orders"
}
