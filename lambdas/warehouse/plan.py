"""Pure functions that plan the next move of a reservation.

    (none) ──take──> reserving ──take──> reserved ──ship──> shipped
       │                 └─────give back────┴─> releasing ──give back──> rejected ──close──> released
       ├──missing──> rejected                       └────────give back──────────────────────────^
       └──ended before it began────────────────────────────────────────────────────────────────^

A move is one transaction: it takes or gives back some lines and writes the new reservation, on condition that the
current one has not changed. So after a crash the reservation states exactly which lines are taken, and the next version
of the order, or a duplicate, continues from there. `released` and `shipped` are final, so the result does not depend on
the order in which versions arrive."""

from dataclasses import asdict, dataclass, replace

from contracts import Event, new_event
from contracts.ids import derived_id, shipment_id
from warehouse.reservation import Decision, Demand, Intent, Line, Reservation, Shortage, State

PRODUCER = "warehouse"
# TransactWriteItems takes 100 actions, one of which is the reservation itself.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
LINES_PER_MOVE = 99
_RELEASING_INTENTS = frozenset({Intent.RELEASE, Intent.STOP})
_SHIPPING_INTENTS = frozenset({Intent.SHIP, Intent.STOP})


@dataclass(frozen=True, slots=True)
class Move:
    """One transaction, which takes `lines_to_take` out of stock or puts `lines_to_return` back."""

    before: Reservation | None
    after: Reservation
    lines_to_take: tuple[Line, ...] = ()
    lines_to_return: tuple[Line, ...] = ()


class ReservationChanged(Exception):  # noqa: N818 - not a failure: the caller reads the reservation again
    """Another invocation has changed the reservation since the move was planned."""


def expected_reservation(demand: Demand) -> Reservation | None:
    """Return the reservation that is expected if versions arrive in sequence: none, or all lines reserved.

    A move that starts from it succeeds only if the table has the same reservation."""
    if demand.intent is Intent.RESERVE:
        return None
    return Reservation(demand.order_id, State.RESERVED, demand.lines, taken=len(demand.lines))


def can_skip_read(demand: Demand) -> bool:
    """Return whether to try a move without reading the reservation: for an order's first version and its shipment."""
    if demand.intent is Intent.RESERVE:
        return demand.version == 1
    return demand.intent is Intent.SHIP and len(demand.lines) <= LINES_PER_MOVE


def next_move(current: Reservation | None, demand: Demand, at: str) -> Move | None:
    """Return the next move towards meeting the demand, or None if the demand is met.

    `at` is the time to store if the move ships the order."""
    if current is None:
        if demand.intent in _RELEASING_INTENTS:
            # Written so that a late `placed` version does not reserve stock for an order that has ended.
            return Move(None, Reservation(demand.order_id, State.RELEASED, demand.lines))
        return _take(None, Reservation(demand.order_id, State.RESERVING, demand.lines, revision=0))
    match current.state, demand.intent:
        case State.RELEASING, _:
            return _give_back(current)
        case State.RESERVING | State.RESERVED, Intent.RELEASE | Intent.STOP:
            return _give_back(current)
        case State.RESERVING, _:
            return _take(current, current)
        case State.RESERVED, Intent.SHIP:
            return Move(current, _next_reservation(current, State.SHIPPED, decision=_decision(demand, at)))
        case State.REJECTED, Intent.RELEASE:
            return Move(current, _next_reservation(current, State.RELEASED))
        case _:
            return None


def plan_rejection(move: Move, missing: tuple[Shortage, ...], demand: Demand, at: str) -> Move:
    """Return the move to make instead of `move`, for which stock is missing."""
    if move.before is not None:
        return _give_back(move.before, missing, _decision(demand, at))
    rejected = replace(move.after, state=State.REJECTED, taken=0, missing=missing, decision=_decision(demand, at))
    return Move(None, rejected)


def follow_up_event(reservation: Reservation, demand: Demand) -> Event | None:
    """Return the event about the reservation's outcome, if any; a duplicate message results in the same event."""
    decision = reservation.decision
    if reservation.state is State.RELEASED and demand.intent in _SHIPPING_INTENTS:
        # The paid order will not be shipped: the customer cancelled it, or it had already ended.
        order_version = {"order_id": demand.order_id, "order_version": demand.version}
        decision = _decision(demand, demand.occurred_at)
        return _new_event("ShipmentStopped", order_version, decision, demand, str(demand.version))
    if decision is None or demand.intent is Intent.RELEASE:
        return None
    data = {"order_id": reservation.order_id, "order_version": decision.version}
    if reservation.missing:
        missing = [asdict(shortage) for shortage in reservation.missing]
        return _new_event("StockRejected", {**data, "missing": missing}, decision, demand)
    if demand.intent in _SHIPPING_INTENTS:
        shipment = {"shipment_id": shipment_id(reservation.order_id), "shipped_at": decision.at}
        return _new_event("OrderShipped", {**data, **shipment}, decision, demand)
    return None


def _take(before: Reservation | None, current: Reservation) -> Move:
    taken = min(current.taken + LINES_PER_MOVE, len(current.lines))
    state = State.RESERVED if taken == len(current.lines) else State.RESERVING
    return Move(before, _next_reservation(current, state, taken), lines_to_take=current.lines[current.taken : taken])


def _give_back(current: Reservation, missing: tuple[Shortage, ...] = (), decision: Decision | None = None) -> Move:
    """Return the move that puts the most recently taken lines back into stock."""
    reservation = replace(current, missing=missing or current.missing, decision=decision or current.decision)
    taken = max(0, current.taken - LINES_PER_MOVE)
    end = State.REJECTED if reservation.missing else State.RELEASED
    after = _next_reservation(reservation, State.RELEASING if taken else end, taken)
    return Move(current, after, lines_to_return=current.lines[taken : current.taken])


def _next_reservation(
    current: Reservation, state: State, taken: int | None = None, decision: Decision | None = None
) -> Reservation:
    return replace(
        current,
        state=state,
        taken=current.taken if taken is None else taken,
        decision=decision or current.decision,
        revision=current.revision + 1,
    )


def _decision(demand: Demand, at: str) -> Decision:
    return Decision(at, demand.version, demand.event_id)


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
