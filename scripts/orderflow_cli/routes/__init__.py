"""Determines from a Terraform plan who receives which event, without an AWS account, credentials or an apply.

from orderflow_cli.routes import Routes, event
routes = Routes.read(Path("plan.json"))
for delivery in routes.deliveries(event("orderflow.finance", "PaymentRequested", detail)):
    print(delivery.receiver.label, delivery.verdict.answer, "; ".join(delivery.verdict.reasons))"""

from orderflow_cli.routes.deliveries import Delivery, Routes
from orderflow_cli.routes.messages import Message, event, message
from orderflow_cli.routes.verdicts import Answer, Verdict

__all__ = ["Answer", "Delivery", "Message", "Routes", "Verdict", "event", "message"]
