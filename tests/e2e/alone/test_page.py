"""The page, as a person uses it: in light, in dark, on a phone and with the keyboard alone.

No console may hold an error, no request may leave loopback, axe-core finds nothing. Screenshots go to PAGE_IMAGES, for
the README to docs/generated/images."""

import base64
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from dev.evidence.page import REPORTS
from orderflow_cli import ROOT
from orderflow_cli.build import plans
from orderflow_cli.commands.up import show_page
from orderflow_cli.demo.run import Course
from orderflow_cli.demo.traffic import STORIES
from orderflow_cli.environments import from_local_cloud
from orderflow_cli.observe import flow, status, trace
from orderflow_cli.observe.events import JOURNAL_TAP, Event, Tap
from orderflow_cli.routes import Answer, Routes
from orderflow_cli.routes.settings import NAME, Settings
from orderflow_cli.studio.actions import switches
from orderflow_cli.studio.process import Studio
from tests.e2e.conftest import Shop, wait_for

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = ROOT / "tests" / "vendor" / "axe-4.14.1.min.js"
IMAGES = Path(os.environ.get("PAGE_IMAGES", REPORTS / "page"))
PATIENCE = 90_000
ORDERS = 200
MOST_NODES, MOST_SCRIPT_BYTES, MOST_PROCESS_KB = 6_000, 60_000_000, 400_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is on PATH: install Debian's chromium")


@dataclass(frozen=True)
class Look:
    """How the page is looked at, and the consumer that is broken meanwhile."""

    name: str
    consumer: str
    options: dict[str, Any] = field(default_factory=dict)
    keyboard: bool = False


LOOKS = (
    Look("light", "finance", {"color_scheme": "light"}),
    Look("dark", "warehouse", {"color_scheme": "dark"}),
    Look("phone", "customer_service", {"viewport": {"width": 390, "height": 844}, "has_touch": True}),
    Look("keyboard", "finance", {"reduced_motion": "reduce"}, keyboard=True),
)


@pytest.fixture(scope="module")
def address(shop: Shop) -> Iterator[str]:
    yield show_page(shop.cloud)
    Studio(shop.cloud.folder).stop()
    tap = Tap(from_local_cloud(shop.cloud), JOURNAL_TAP)
    tap.open()
    tap.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        environment = {"HOME": str(tmp_path_factory.mktemp("home")), "PATH": os.defpath}
        # Without a sandbox of its own: a container may not make one.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, env=environment, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Person:
    """Uses a page by what it shows: with the mouse, or by focus and Enter alone."""

    def __init__(self, page: Page, address: str, *, keyboard: bool) -> None:
        self.page = page
        self.problems: list[str] = []
        self._keyboard = keyboard
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda sent: self._check(sent.url, address))
        page.goto(address)
        expect(page.locator("#pulse")).to_have_text("live", timeout=PATIENCE)

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.problems.append(text)

    def _check(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:")):
            self.problems.append(f"asked {url}")

    def press(self, what: Locator) -> None:
        if not self._keyboard:
            what.click()
            return
        what.focus()
        expect(what).to_be_focused()
        self.page.keyboard.press("Enter" if what.get_attribute("role") != "switch" else "Space")

    def check_accessibility(self) -> None:
        assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        # Through the debugger, which no policy of the page concerns.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run({ resultTypes: ['violations'] })")
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []

    def place(self, **fields: str) -> Locator:
        """Send the form; returns the notice that answers."""
        self.press(self.page.get_by_role("button", name="Place an order"))
        for name, value in fields.items():
            entry = self.page.locator(f"#place #{name}, #place [name={name}]").first
            if entry.evaluate("one => one.tagName") == "SELECT":
                entry.select_option(value)
            else:
                entry.fill(value)
        self.press(self.page.get_by_role("button", name="Send", exact=True))
        return self.page.locator("#answer .notice, #notice .notice").first

    def shown_order(self, notice: Locator) -> str:
        """Open the trace of the order that was accepted; returns its id."""
        link = notice.locator("#placed")
        expect(link).to_be_visible(timeout=PATIENCE)
        order_id = link.inner_text()
        self.press(link)
        expect(self.page.locator(f'.trace[data-order="{order_id}"]')).to_be_visible(timeout=PATIENCE)
        return order_id

    def turn(self, label: str, *, on: bool) -> None:
        switch = self.page.get_by_role("switch", name=label)
        expect(switch).to_be_visible(timeout=PATIENCE)
        if switch.get_attribute("aria-checked") != ("true" if on else "false"):
            self.press(switch)
        expect(switch).to_have_attribute("aria-checked", "true" if on else "false", timeout=PATIENCE)


@pytest.fixture
def person(browser: Browser, address: str, shop: Shop, request: pytest.FixtureRequest) -> Iterator[Person]:
    look: Look = request.param
    try:
        with browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **look.options}) as context:
            found = Person(context.new_page(), address, keyboard=look.keyboard)
            yield found
            assert found.problems == []
    finally:
        environment = from_local_cloud(shop.cloud)
        for switch in switches(environment, shop.cloud, flow.read(environment)):
            if switch.off:
                switch.turn(True)


@pytest.mark.parametrize(
    ("look", "person"), [(look, look) for look in LOOKS], ids=[look.name for look in LOOKS], indirect=["person"]
)
def test_order_is_placed_traced_failed_and_redriven(look: Look, person: Person, shop: Shop) -> None:
    page, words = person.page, look.consumer.replace("_", " ").capitalize()
    person.press(page.locator('[id="rule:intake"]'))
    expect(page.locator("#node .minutes")).to_be_visible(timeout=PATIENCE)
    person.check_accessibility()

    refused = person.place(sku="NO-SUCH-SKU")
    expect(refused).to_contain_text("422", timeout=PATIENCE)
    expect(refused).to_contain_text("is not in the catalog")
    person.press(page.get_by_role("button", name="Close", exact=True))

    followed = person.shown_order(person.place(sku=min(shop_skus()), customer=f"page-{uuid.uuid4().hex[:8]}"))
    expect(page.locator(".trace .state")).to_have_text("delivered", timeout=PATIENCE)
    expect(page.locator('.trace[data-settled="yes"]')).to_be_visible(timeout=PATIENCE)
    assert shown_receivers(page) == told_receivers(shop, followed)
    person.press(page.locator(".trace summary", has_text="not get it").first)
    expect(page.locator(".why dd").first).to_contain_text("not")
    person.press(page.locator(".trace summary", has_text="OrderPlaced.v1 kept").first)
    expect(page.locator(".trace pre").first).to_contain_text(followed)
    person.check_accessibility()

    person.turn(f"{words}: may use its table", on=False)
    broken = person.shown_order(person.place(sku=min(shop_skus())))
    letter = page.locator(".letters li", has=page.get_by_role("button", name=broken)).first
    expect(letter).to_contain_text("received too often", timeout=PATIENCE)
    expect(letter).to_contain_text(f"queue/{look.consumer.replace('_', ' ')}")
    person.press(letter.locator("summary"))
    expect(letter.locator("pre")).to_contain_text(broken)
    expect(page.locator(".trace .problem").first).to_contain_text("received too often", timeout=PATIENCE)
    person.check_accessibility()
    if look.name in {"light", "dark"}:
        picture(page, f"studio-broken-{look.name}")

    person.turn(f"{words}: may use its table", on=True)
    while page.locator(".letters li").count():
        left = page.locator(".letters li").count()
        person.press(page.locator(".letters li").first.get_by_role("button", name="Redrive"))
        expect(page.locator("#notice")).to_contain_text("Redriven from", timeout=PATIENCE)
        expect(page.locator(".letters li")).not_to_have_count(left, timeout=PATIENCE)
    shop.wait_for_status(broken, "delivered")
    expect(page.locator(".receivers .failing")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".trace .state")).to_have_text("delivered", timeout=PATIENCE)


@pytest.mark.parametrize("person", [LOOKS[0]], ids=["light"], indirect=True)
def test_unreachable_partner_is_shown_and_its_event_replayed(person: Person, shop: Shop) -> None:
    page = person.page
    person.turn("Payment provider: answers", on=False)
    expect(page.locator('[id="partner:payment_provider"]')).to_contain_text("off", timeout=PATIENCE)
    order_id = person.shown_order(person.place(sku=min(shop_skus())))
    expect(page.locator(".trace")).to_contain_text("PaymentRequested has not reached", timeout=PATIENCE)
    person.turn("Payment provider: answers", on=True)

    person.press(page.get_by_role("button", name="Replay PaymentRequested to payment request"))
    expect(page.locator("#notice")).to_contain_text("which would be called again", timeout=PATIENCE)
    person.press(page.get_by_role("button", name="Send it nevertheless"))
    expect(page.locator("#notice")).to_contain_text("was sent again to", timeout=PATIENCE)

    shop.wait_for_status(order_id, "delivered")
    assert len(shop.book(order_id, "payment")) == 1


@pytest.mark.parametrize(
    ("look", "person"), [(look, look) for look in LOOKS[:2]], ids=["light", "dark"], indirect=["person"]
)
def test_load_is_counted_in_tables_and_status(look: Look, person: Person, shop: Shop, address: str) -> None:
    page = person.page
    page.set_viewport_size({"width": 1440, "height": 1180})
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: shop.place(shop.new_order()), range(ORDERS // 2))
        first = next(answers).document["order_id"]
        page.locator("#q").fill(first)
        expect(page.locator("#orders tbody tr")).to_have_count(1, timeout=PATIENCE)
        person.press(page.locator(f"#row-{first} button"))
        expect(page.locator(".trace .event")).not_to_have_count(0, timeout=PATIENCE)
        page.locator("#q").fill("")
        expect(page.locator("#orders tbody tr").nth(9)).to_be_visible(timeout=PATIENCE)
        picture(page, f"studio-{look.name}", moving=True)
        placed = [first, *(answer.document["order_id"] for answer in answers)]
    for order_id in placed:
        shop.wait_for_status(order_id, "delivered")

    def quiet() -> status.Status | None:
        found = status.read(from_local_cloud(shop.cloud))
        return found if not any(depth.messages for depth in found.queues) else None

    found = wait_for(quiet)
    expect(page.locator("#n-open")).to_have_text("0", timeout=PATIENCE)
    expect(page.locator("#n-orders")).to_have_text(f"{found.orders.looked_at:,}", timeout=PATIENCE)
    expect(page.locator("#n-waiting")).to_have_text("0", timeout=PATIENCE)
    for state, number in found.orders.by_status.items():
        expect(page.locator(f"#state-{state}")).to_have_text(f"{number:,}", timeout=PATIENCE)
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_NODES
    heap = page.context.new_cdp_session(page).send("Runtime.getHeapUsage")
    assert heap["usedSize"] < MOST_SCRIPT_BYTES
    process = Studio(shop.cloud.folder).process()
    assert process is not None
    (resident,) = [
        int(line.split()[1])
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
    assert resident < MOST_PROCESS_KB


def picture(page: Page, name: str, *, moving: bool = False) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    if moving:
        expect(page.locator("#dots circle").nth(9)).to_be_attached(timeout=PATIENCE)
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": 72})
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))


def shop_skus() -> list[str]:
    catalog = json.loads((ROOT / "lambdas" / "storefront_api" / "catalog.json").read_text())
    return sorted(catalog["items"])


def shown_receivers(page: Page) -> list[tuple[str, str]]:
    """Event and receiver, of each that the page says has handled it."""
    read = """events => events.flatMap(event => [...event.querySelectorAll(".receivers .handled b")]
        .map(one => [event.querySelector(".title b").innerText, one.innerText]))"""
    return sorted((kind, receiver) for kind, receiver in page.locator(".timeline .event").evaluate_all(read))


def told_receivers(shop: Shop, order_id: str) -> list[tuple[str, str]]:
    """Event and receiver, of each whose filter takes it."""
    found = trace.read(from_local_cloud(shop.cloud), order_id)
    return sorted(
        (one.event.type, each.receiver.name.replace("_", " "))
        for one in found.events
        for each in one.deliveries
        if each.answer is Answer.YES
    )


def test_orders_of_the_demo_are_routed_as_planned(shop: Shop, address: str) -> None:
    course = Course(shop.cloud, len(STORIES) + 4, 1)
    with course.listening():
        course.begin()
        course.send_orders()
        course.cancel()
        course.send_till_file()
        assert course.wait_until_settled()
    routes = Routes.read(plans.create_plans(["local"])["local"], Settings.load(plans.SOURCE / NAME))

    events = [
        (order_id, carried)
        for order_id in (*course.sent.placed, *course.sent.till_orders)
        for carried in trace.read(from_local_cloud(shop.cloud), order_id).events
    ]
    assert len(events) > 10 * len(STORIES)
    assert [(order_id, one.event.type) for order_id, one in events if handlers(one) != planned(routes, one.event)] == []


def handlers(carried: trace.Carried) -> set[str]:
    """The rules and endpoints whose receiver has handled the event."""
    handled = [one.receiver for one in carried.deliveries if one.state == "handled"]
    return {one.arn.rpartition("/")[2] if one.rule else str(one.queue) for one in handled}


def planned(routes: Routes, event: Event) -> set[str]:
    """The rules and endpoints that take the event, by the plan."""
    place = (event.carrier, event.place.rpartition(":")[2])
    receivers = [one for one in routes.topology.receivers if (one.source.kind, one.source.name) == place]
    taking = [one for one in receivers if routes.takes(one, event.body, event.attributes) is Answer.YES]
    return {one.rule.values["name"] if one.rule else one.target.name for one in taking}
