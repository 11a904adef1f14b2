"""Pure functions that plan the next step of a reservation.

    (none) ──take──> reserving ──take──> reserved ──ship──> shipped
       │                 └─────give back────┴─> releasing ──give back──> rejected ──close──> released
       ├──missing──> rejected                       └────────give back──────────────────────────^
       └──order ended, no reservation──────────────────────────────────────────────────────────^

A step is one transaction: it takes or gives back some lines and writes the new reservation, on condition that the
current one has not changed. So after a crash the reservation states which lines are reserved, and the next version of
the order, or a duplicate, continues from there. `released` and `shipped` are final, so the result does not depend on
the order in which versions arrive."""

from dataclasses import asdict, dataclass, replace

from contracts import Event, new_event
from contracts.ids import derived_id, shipment_id
from warehouse.reservation import Decision, Demand, Intent, Line, Reservation, Shortage, State

PRODUCER = "warehouse"
# TransactWriteItems takes 100 actions, one of which is the reservation itself.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
LINES_PER_STEP = 99
_RELEASING_INTENTS = frozenset({Intent.RELEASE, Intent.STOP})
_PAID_ORDER_INTENTS = frozenset({Intent.SHIP, Intent.STOP})


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction, which takes `lines_to_take` out of the stock or returns `lines_to_return` to it."""

    before: Reservation | None
    after: Reservation
    lines_to_take: tuple[Line, ...] = ()
    lines_to_return: tuple[Line, ...] = ()


class ReservationChanged(Exception):  # noqa: N818 - not a failure: the caller reads the reservation again
    """Another invocation has changed the reservation since the step was planned."""


def expected_reservation(demand: Demand) -> Reservation | None:
    """Return the reservation that is expected if versions arrive in sequence: none, or all lines reserved.

    A step that starts from this reservation succeeds only if the table contains the same one."""
    if demand.intent is Intent.RESERVE:
        return None
    return Reservation(demand.order_id, State.RESERVED, demand.lines, taken=len(demand.lines))


def can_skip_read(demand: Demand) -> bool:
    """Return whether to try a step before a read: true for a new order, and to ship lines reserved in one step."""
    if demand.intent is Intent.RESERVE:
        return demand.version == 1
    return demand.intent is Intent.SHIP and len(demand.lines) <= LINES_PER_STEP


def next_step(current: Reservation | None, demand: Demand, now: str) -> Step | None:
    """Return the next step towards meeting the demand, or None if the demand is met.

    `now` becomes the time of the shipment if the step ships the order."""
    if current is None:
        if demand.intent in _RELEASING_INTENTS:
            # Written so that a late `placed` version does not reserve stock for an order that has ended.
            return Step(None, Reservation(demand.order_id, State.RELEASED, demand.lines))
        return _plan_take(None, Reservation(demand.order_id, State.RESERVING, demand.lines, revision=0))
    match current.state, demand.intent:
        case State.RELEASING, _:
            return _plan_return(current)
        case State.RESERVING | State.RESERVED, Intent.RELEASE | Intent.STOP:
            return _plan_return(current)
        case State.RESERVING, _:
            return _plan_take(current, current)
        case State.RESERVED, Intent.SHIP:
            return Step(current, _next_reservation(current, State.SHIPPED, decision=_decision(demand, now)))
        case State.REJECTED, Intent.RELEASE:
            return Step(current, _next_reservation(current, State.RELEASED))
        case _:
            return None


def plan_rejection(step: Step, shortages: tuple[Shortage, ...], demand: Demand, now: str) -> Step:
    """Return the step to apply instead of `step`, for which stock is missing."""
    if step.before is not None:
        return _plan_return(step.before, shortages, _decision(demand, now))
    reservation = replace(step.after, state=State.REJECTED, taken=0, missing=shortages, decision=_decision(demand, now))
    return Step(None, reservation)


def follow_up_event(reservation: Reservation, demand: Demand) -> Event | None:
    """Return the event about the reservation's outcome, if any; a duplicate message results in the same event."""
    decision = reservation.decision
    if reservation.state is State.RELEASED and demand.intent in _PAID_ORDER_INTENTS:
        # The paid order will not be shipped: the customer cancelled it, or it had already ended.
        order_version = {"order_id": demand.order_id, "order_version": demand.version}
        decision = _decision(demand, demand.occurred_at)
        return _new_event("ShipmentStopped", order_version, decision, demand, str(demand.version))
    if decision is None or demand.intent is Intent.RELEASE:
        return None
    data = {"order_id": reservation.order_id, "order_version": decision.version}
    if reservation.missing:
        shortages = [asdict(shortage) for shortage in reservation.missing]
        return _new_event("StockRejected", {**data, "missing": shortages}, decision, demand)
    if demand.intent in _PAID_ORDER_INTENTS:
        shipment = {"shipment_id": shipment_id(reservation.order_id), "shipped_at": decision.at}
        return _new_event("OrderShipped", {**data, **shipment}, decision, demand)
    return None


def _plan_take(before: Reservation | None, current: Reservation) -> Step:
    taken_count = min(current.taken + LINES_PER_STEP, len(current.lines))
    state = State.RESERVED if taken_count == len(current.lines) else State.RESERVING
    return Step(before, _next_reservation(current, state, taken_count), current.lines[current.taken : taken_count])


def _plan_return(current: Reservation, shortages: tuple[Shortage, ...] = (), decision: Decision | None = None) -> Step:
    """Return the step that returns the most recently taken lines to the stock."""
    reservation = replace(current, missing=shortages or current.missing, decision=decision or current.decision)
    taken_count = max(0, current.taken - LINES_PER_STEP)
    end_state = State.REJECTED if reservation.missing else State.RELEASED
    after = _next_reservation(reservation, State.RELEASING if taken_count else end_state, taken_count)
    return Step(current, after, lines_to_return=current.lines[taken_count : current.taken])


def _next_reservation(
    current: Reservation, state: State, taken_count: int | None = None, decision: Decision | None = None
) -> Reservation:
    return replace(
        current,
        state=state,
        taken=current.taken if taken_count is None else taken_count,
        decision=decision or current.decision,
        revision=current.revision + 1,
    )


def _decision(demand: Demand, decided_at: str) -> Decision:
    return Decision(decided_at, demand.version, demand.event_id)


def _new_event(event_type: str, data: dict[str, object], decision: Decision, demand: Demand, *id_parts: str) -> Event:
    return new_event(
        event_type,
        data,
        producer=PRODUCER,
        correlation_id=demand.correlation_id,
        causation_id=decision.causation_id,
        event_id=derived_id(demand.order_id, event_type, *id_parts),
        occurred_at=decision.at,
    )
