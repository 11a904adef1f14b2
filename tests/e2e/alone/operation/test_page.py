"""The studio's page as people use it: in light and dark mode, on a phone and with only the keyboard.

The console has no errors, no request leaves loopback, and axe-core finds no violations. Screenshots go to PAGE_IMAGES;
set it to docs/generated/images to regenerate those of the README."""

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
from orderflow_cli.commands.up import start_studio
from orderflow_cli.demo.run import DemoRun
from orderflow_cli.demo.traffic import SCENARIOS
from orderflow_cli.environments import from_local_cloud
from orderflow_cli.observe import flow, status, trace
from orderflow_cli.observe.events import JOURNAL_QUEUE, Event, EventQueue
from orderflow_cli.routes import Answer, Routes
from orderflow_cli.routes.settings import SETTINGS_FILE, Settings
from orderflow_cli.studio.actions import switches
from orderflow_cli.studio.process import Studio
from tests.e2e.conftest import Shop, wait_for

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE_SCRIPT = ROOT / "tests" / "vendor" / "axe-4.14.1.min.js"
IMAGES_FOLDER = Path(os.environ.get("PAGE_IMAGES", REPORTS / "page"))
TIMEOUT_MS = 90_000
ORDER_COUNT = 200
MAX_NODES, MAX_HEAP_BYTES, MAX_STUDIO_RESIDENT_KB = 6_000, 60_000_000, 400_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on PATH; install Debian's package chromium")


@dataclass(frozen=True)
class PageCase:
    """A browser configuration, and the consumer whose access to its table the test denies."""

    name: str
    consumer: str
    options: dict[str, Any] = field(default_factory=dict)
    keyboard_only: bool = False


CASES = (
    PageCase("light", "finance", {"color_scheme": "light"}),
    PageCase("dark", "warehouse", {"color_scheme": "dark"}),
    PageCase("phone", "customer_service", {"viewport": {"width": 390, "height": 844}, "has_touch": True}),
    PageCase("keyboard", "finance", {"reduced_motion": "reduce"}, keyboard_only=True),
)


@pytest.fixture(scope="module")
def address(shop: Shop) -> Iterator[str]:
    yield start_studio(shop.cloud)
    Studio(shop.cloud.folder).stop()
    event_queue = EventQueue(from_local_cloud(shop.cloud), JOURNAL_QUEUE)
    event_queue.open()
    event_queue.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        environment = {"HOME": str(tmp_path_factory.mktemp("home")), "PATH": os.defpath}
        # A container may not create the sandbox of Chromium.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, env=environment, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class PageUser:
    """A user who presses the page's visible controls with the mouse, or only with focus, Enter and Space."""

    def __init__(self, page: Page, address: str, *, keyboard_only: bool) -> None:
        self.page = page
        self.problems: list[str] = []
        self._keyboard_only = keyboard_only
        page.on("console", lambda message: self._record_message(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self._check(request.url, address))
        page.goto(address)
        expect(page.locator("#pulse")).to_have_text("live", timeout=TIMEOUT_MS)

    def _record_message(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.problems.append(text)

    def _check(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:")):
            self.problems.append(f"requested {url}")

    def press(self, target: Locator) -> None:
        if not self._keyboard_only:
            target.click()
            return
        target.focus()
        expect(target).to_be_focused()
        self.page.keyboard.press("Enter" if target.get_attribute("role") != "switch" else "Space")

    def check_accessibility(self) -> None:
        assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        # Evaluated by the debugger, to which the page's Content Security Policy does not apply.
        self.page.evaluate(AXE_SCRIPT.read_text(encoding="utf-8"))
        results = self.page.evaluate("axe.run({ resultTypes: ['violations'] })")
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in results["violations"]] == []

    def place_order(self, **fields: str) -> Locator:
        """Submit the order form and return the notice that shows the response."""
        self.press(self.page.get_by_role("button", name="Place an order"))
        for name, value in fields.items():
            entry = self.page.locator(f"#place #{name}, #place [name={name}]").first
            if entry.evaluate("element => element.tagName") == "SELECT":
                entry.select_option(value)
            else:
                entry.fill(value)
        self.press(self.page.get_by_role("button", name="Send", exact=True))
        return self.page.locator("#answer .notice, #notice .notice").first

    def open_trace(self, notice: Locator) -> str:
        """Open the trace of the accepted order and return the order's id."""
        link = notice.locator("#placed")
        expect(link).to_be_visible(timeout=TIMEOUT_MS)
        order_id = link.inner_text()
        self.press(link)
        expect(self.page.locator(f'.trace[data-order="{order_id}"]')).to_be_visible(timeout=TIMEOUT_MS)
        return order_id

    def set_switch(self, label: str, *, on: bool) -> None:
        switch = self.page.get_by_role("switch", name=label)
        expect(switch).to_be_visible(timeout=TIMEOUT_MS)
        if switch.get_attribute("aria-checked") != ("true" if on else "false"):
            self.press(switch)
        expect(switch).to_have_attribute("aria-checked", "true" if on else "false", timeout=TIMEOUT_MS)


@pytest.fixture
def user(browser: Browser, address: str, shop: Shop, request: pytest.FixtureRequest) -> Iterator[PageUser]:
    case: PageCase = request.param
    try:
        with browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **case.options}) as context:
            user = PageUser(context.new_page(), address, keyboard_only=case.keyboard_only)
            yield user
            assert user.problems == []
    finally:
        environment = from_local_cloud(shop.cloud)
        for switch in switches(environment, shop.cloud, flow.read(environment)):
            if switch.is_off:
                switch.set_enabled(True)


@pytest.mark.parametrize(
    ("case", "user"), [(case, case) for case in CASES], ids=[case.name for case in CASES], indirect=["user"]
)
def test_failed_order_is_traced_and_redriven(case: PageCase, user: PageUser, shop: Shop) -> None:
    page, label = user.page, case.consumer.replace("_", " ").capitalize()
    user.press(page.locator('[id="rule:intake"]'))
    expect(page.locator("#node .minutes")).to_be_visible(timeout=TIMEOUT_MS)
    user.check_accessibility()

    refusal_notice = user.place_order(sku="NO-SUCH-SKU")
    expect(refusal_notice).to_contain_text("422", timeout=TIMEOUT_MS)
    expect(refusal_notice).to_contain_text("must be a SKU in the catalog")
    user.press(page.get_by_role("button", name="Close", exact=True))

    order_id = user.open_trace(user.place_order(sku=min(shop_skus()), customer=f"page-{uuid.uuid4().hex[:8]}"))
    expect(page.locator(".trace .state")).to_have_text("delivered", timeout=TIMEOUT_MS)
    expect(page.locator('.trace[data-complete="yes"]')).to_be_visible(timeout=TIMEOUT_MS)
    assert shown_receivers(page) == expected_receivers(shop, order_id)
    user.press(page.locator(".trace summary", has_text="not receive it").first)
    expect(page.locator(".why dd").first).to_contain_text("not")
    user.press(page.locator(".trace summary", has_text="OrderPlaced.v1 valid").first)
    expect(page.locator(".trace pre").first).to_contain_text(order_id)
    user.check_accessibility()

    user.set_switch(f"{label} table access", on=False)
    failed_order_id = user.open_trace(user.place_order(sku=min(shop_skus())))
    message = page.locator(".dead-letters li", has=page.get_by_role("button", name=failed_order_id)).first
    expect(message).to_contain_text("received too often", timeout=TIMEOUT_MS)
    expect(message).to_contain_text(f"queue/{case.consumer.replace('_', ' ')}")
    user.press(message.locator("summary"))
    expect(message.locator("pre")).to_contain_text(failed_order_id)
    expect(page.locator(".trace .problem").first).to_contain_text("received too often", timeout=TIMEOUT_MS)
    user.check_accessibility()
    if case.name in {"light", "dark"}:
        take_screenshot(page, f"studio-broken-{case.name}")

    user.set_switch(f"{label} table access", on=True)
    for _ in range(4):  # a message that was received too often before the repair may reach the queue after it
        expect(page.locator('.dead-letters li, .trace[data-complete="yes"]').first).to_be_visible(timeout=TIMEOUT_MS)
        for payload in page.locator(".dead-letters details").evaluate_all("all => all.map(({ id }) => id)"):
            message = page.locator(".dead-letters li", has=page.locator(f'[id="{payload}"]'))
            user.press(message.get_by_role("button", name="Redrive"))
            expect(page.locator("#notice")).to_contain_text("Redriven from", timeout=TIMEOUT_MS)
            expect(message).to_have_count(0, timeout=TIMEOUT_MS)
    expect(page.locator('.trace[data-complete="yes"] .state')).to_have_text("delivered", timeout=TIMEOUT_MS)


@pytest.mark.parametrize("user", [CASES[0]], ids=["light"], indirect=True)
def test_unreachable_partner_is_shown_and_its_event_replayed(user: PageUser, shop: Shop) -> None:
    page = user.page
    user.set_switch("Payment provider connection", on=False)
    expect(page.locator('[id="partner:payment_provider"]')).to_contain_text("off", timeout=TIMEOUT_MS)
    order_id = user.open_trace(user.place_order(sku=min(shop_skus())))
    expect(page.locator(".trace")).to_contain_text("PaymentRequested has not reached", timeout=TIMEOUT_MS)
    user.set_switch("Payment provider connection", on=True)

    user.press(page.get_by_role("button", name="Replay PaymentRequested to payment request"))
    expect(page.locator("#notice")).to_contain_text("would call a partner", timeout=TIMEOUT_MS)
    user.press(page.get_by_role("button", name="Send anyway"))
    expect(page.locator("#notice")).to_contain_text("was sent again to", timeout=TIMEOUT_MS)

    shop.wait_for_status(order_id, "delivered")
    assert len(shop.book(order_id, "payment")) == 1


@pytest.mark.parametrize(
    ("case", "user"), [(case, case) for case in CASES[:2]], ids=["light", "dark"], indirect=["user"]
)
def test_orders_under_load_are_counted(case: PageCase, user: PageUser, shop: Shop, address: str) -> None:
    page = user.page
    page.set_viewport_size({"width": 1440, "height": 1180})
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: shop.place(shop.new_order()), range(ORDER_COUNT // 2))
        first_order_id = next(answers).document["order_id"]
        page.locator("#q").fill(first_order_id)
        expect(page.locator("#orders tbody tr")).to_have_count(1, timeout=TIMEOUT_MS)
        user.press(page.locator(f"#row-{first_order_id} button"))
        expect(page.locator(".trace .event")).not_to_have_count(0, timeout=TIMEOUT_MS)
        page.locator("#q").fill("")
        expect(page.locator("#orders tbody tr").nth(9)).to_be_visible(timeout=TIMEOUT_MS)
        take_screenshot(page, f"studio-{case.name}", with_traffic=True)
        order_ids = [first_order_id, *(answer.document["order_id"] for answer in answers)]
    for order_id in order_ids:
        shop.wait_for_status(order_id, "delivered")

    def read_idle_status() -> status.Status | None:
        current = status.read(from_local_cloud(shop.cloud))
        return current if not any(depth.message_count for depth in current.queue_depths) else None

    idle_status = wait_for(read_idle_status)
    expect(page.locator("#n-open")).to_have_text("0", timeout=TIMEOUT_MS)
    expect(page.locator("#n-orders")).to_have_text(f"{idle_status.orders.count:,}", timeout=TIMEOUT_MS)
    expect(page.locator("#n-waiting")).to_have_text("0", timeout=TIMEOUT_MS)
    for state, number in idle_status.orders.counts_by_status.items():
        expect(page.locator(f"#state-{state}")).to_have_text(f"{number:,}", timeout=TIMEOUT_MS)
    assert page.evaluate("document.querySelectorAll('*').length") < MAX_NODES
    heap = page.context.new_cdp_session(page).send("Runtime.getHeapUsage")
    assert heap["usedSize"] < MAX_HEAP_BYTES
    process = Studio(shop.cloud.folder).process()
    assert process is not None
    (resident_kb,) = [
        int(line.split()[1])
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
    assert resident_kb < MAX_STUDIO_RESIDENT_KB


def take_screenshot(page: Page, name: str, *, with_traffic: bool = False) -> None:
    IMAGES_FOLDER.mkdir(parents=True, exist_ok=True)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    if with_traffic:
        expect(page.locator("#dots circle").nth(9)).to_be_attached(timeout=TIMEOUT_MS)
    screenshot = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": 72})
    (IMAGES_FOLDER / f"{name}.webp").write_bytes(base64.b64decode(screenshot["data"]))


def shop_skus() -> list[str]:
    catalog = json.loads((ROOT / "lambdas" / "storefront_api" / "catalog.json").read_text())
    return sorted(catalog["items"])


def shown_receivers(page: Page) -> list[tuple[str, str]]:
    """Return (event, receiver) for each receiver that the page shows as having handled the event."""
    script = """events => events.flatMap(event => [...event.querySelectorAll(".receivers .handled b")]
        .map(name => [event.querySelector(".title b").innerText, name.innerText]))"""
    return sorted((kind, receiver) for kind, receiver in page.locator(".timeline .event").evaluate_all(script))


def expected_receivers(shop: Shop, order_id: str) -> list[tuple[str, str]]:
    """Return (event, receiver) for each receiver whose rule or filter matches the event."""
    order_trace = trace.read(from_local_cloud(shop.cloud), order_id)
    return sorted(
        (item.event.type, delivery.receiver.name.replace("_", " "))
        for item in order_trace.events
        for delivery in item.deliveries
        if delivery.answer is Answer.YES
    )


def test_demo_orders_are_routed_as_planned(shop: Shop, address: str) -> None:
    demo = DemoRun(shop.cloud, len(SCENARIOS) + 4, 1)
    with demo.subscribe_to_notices():
        demo.begin()
        demo.send_orders()
        demo.cancel()
        demo.send_till_file()
        assert demo.wait_until_settled()
    routes = Routes.read(plans.create_plans(["local"])["local"], Settings.load(plans.TERRAFORM_FOLDER / SETTINGS_FILE))

    events = [
        item
        for order_id in (*demo.requests.placed_orders, *demo.requests.till_order_ids)
        for item in trace.read(from_local_cloud(shop.cloud), order_id).events
    ]
    assert len(events) > 10 * len(SCENARIOS)
    assert [one for one in events if actual_receivers(one) != planned_receivers(routes, one.event)] == []


def actual_receivers(event: trace.TracedEvent) -> set[str]:
    """Return the rules and endpoints whose receiver has handled the event."""
    handling_receivers = [delivery.receiver for delivery in event.deliveries if delivery.state == "handled"]
    return {one.arn.rpartition("/")[2] if one.rule else str(one.queue) for one in handling_receivers}


def planned_receivers(routes: Routes, event: Event) -> set[str]:
    """Return the rules and endpoints that match the event according to the plan."""
    source = (event.carrier, event.carrier_name.rpartition(":")[2])
    return {
        receiver.rule.values["name"] if receiver.rule else receiver.target.name
        for receiver in routes.topology.receivers
        if (receiver.source.kind, receiver.source.name) == source
        and routes.matches(receiver, event.body, event.attributes) is Answer.YES
    }
