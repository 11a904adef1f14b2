"""The page's web application. Most routes return an HTML fragment, which htmx inserts into the page."""

import argparse
import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import uvicorn
from jinja2 import Environment, FileSystemLoader
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud, convert_aws_errors, from_local_cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.detached import HOST
from orderflow_cli.studio import actions, views
from orderflow_cli.studio.guard import Guard
from orderflow_cli.studio.watch import EnvironmentWatcher

_FOLDER: Final = Path(__file__).parent
_REFRESH_HEADERS: Final = {"HX-Trigger": "changed"}
type Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(watcher: EnvironmentWatcher, port: int, token: str) -> Starlette:
    """Create the application; write requests must include `token`."""
    page = Page(watcher, token)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watcher.start(asyncio.get_running_loop())
        yield
        await run_in_threadpool(watcher.stop)

    routes = [
        Route("/", page.index),
        Route("/stream", page.stream),
        Route("/chart", page.chart),
        Route("/flow", page.fragment(lambda request: views.flow(watcher))),
        Route("/orders", page.fragment(lambda request: views.orders(watcher, request.query_params))),
        Route("/orders/{order}", page.fragment(lambda request: views.trace(watcher, request.path_params["order"]))),
        Route("/nodes/{node}", page.fragment(lambda request: views.node(watcher, request.path_params["node"]))),
        Route("/contracts/{name}", page.fragment(lambda request: views.contract(request.path_params["name"]))),
        Route("/dead-letters", page.fragment(lambda request: views.dead_letters(watcher))),
        Route("/switches", page.fragment(lambda request: page.all_switches())),
        Route("/orders", page.action(page.place_order), methods=["POST"]),
        Route("/redrive", page.action(page.redrive), methods=["POST"]),
        Route("/replay", page.action(page.replay), methods=["POST"]),
        Route("/switches", page.action(page.set_switch), methods=["POST"]),
        Mount("/static", StaticFiles(directory=_FOLDER / "static")),
    ]
    guard = Middleware(Guard, port=port, token=token, writes=watcher.writes)
    return Starlette(routes=routes, lifespan=lifespan, middleware=[guard])


class Page:
    def __init__(self, watcher: EnvironmentWatcher, token: str) -> None:
        self._watcher = watcher
        self._token = token
        loader = FileSystemLoader(_FOLDER / "templates")
        environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
        environment.filters |= views.TEMPLATE_FILTERS
        self._templates = Jinja2Templates(env=environment)

    def _render(self, name: str, request: Request, values: dict[str, Any], **options: Any) -> Response:
        return self._templates.TemplateResponse(request, f"{name}.html", values, **options)

    async def index(self, request: Request) -> Response:
        values = await run_in_threadpool(views.index, self._watcher)
        settings = {"token": self._token, "writes": self._watcher.writes, "scenarios": actions.PAYMENT_SCENARIOS}
        return self._render("index", request, {**values, **settings})

    async def stream(self, request: Request) -> Response:
        async def updates() -> AsyncIterator[dict[str, str]]:
            with self._watcher.subscribe() as queue:
                yield {"event": "update", "data": json.dumps({**self._watcher.build_update(), "animated_events": []})}
                while not await request.is_disconnected():
                    yield {"event": "update", "data": json.dumps(await queue.get())}

        return EventSourceResponse(updates())

    async def chart(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._watcher.chart))

    def fragment(self, values: Callable[[Request], tuple[str, dict[str, Any]]]) -> Endpoint:
        """Return an endpoint that renders the template and values from `values()`, or the UserError that it raises."""

        async def endpoint(request: Request) -> Response:
            try:
                name, template_values = await run_in_threadpool(_call_and_convert_errors, values, request)
            except UserError as error:
                return self._render("problem", request, {"text": str(error)})
            return self._render(name, request, {**template_values, "writes": self._watcher.writes})

        return endpoint

    def action(self, operation: Callable[[dict[str, str]], dict[str, Any]]) -> Endpoint:
        """Return an endpoint that runs `operation`, shows its message and refreshes the rest of the page."""

        async def endpoint(request: Request) -> Response:
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            try:
                values = await run_in_threadpool(_call_and_convert_errors, operation, form)
            except UserError as error:
                values = {"text": str(error), "failed": True}
            self._watcher.refresh()
            return self._render("notice", request, {**values, "form": form}, headers=_REFRESH_HEADERS)

        return endpoint

    def place_order(self, form: dict[str, str]) -> dict[str, Any]:
        body, scenario = form.get("body", ""), form.get("scenario", "capture")
        response = actions.place_order(self._local_cloud, body, form["customer"], scenario)
        return {"placed": response, "failed": response.status != 202}

    def redrive(self, form: dict[str, str]) -> dict[str, Any]:
        return {"text": actions.redrive_message(self._watcher.cloud, form["source"], form["message"])}

    def replay(self, form: dict[str, str]) -> dict[str, Any]:
        event = self._watcher.journal.event(int(form["number"])) if self._watcher.journal else None
        if event is None:
            raise UserError("This event is no longer in the journal.")
        force = form.get("force") == "yes"
        try:
            flow = self._watcher.snapshot.flow
            return {"text": actions.replay_event(self._watcher.cloud, flow, event, form["receiver"], force=force)}
        except UserError as error:
            return {"text": str(error), "failed": True, "may_force": isinstance(error, actions.RepeatedCallError)}

    def all_switches(self) -> tuple[str, dict[str, Any]]:
        switches = list(self._switches()) if self._watcher.writes else []
        parts = {one.part: {other.kind: other for other in switches if other.part == one.part} for one in switches}
        return "switches", {"parts": parts, "kinds": actions.SWITCH_KINDS, "switches": switches}

    def set_switch(self, form: dict[str, str]) -> dict[str, Any]:
        for switch in self._switches():
            if switch.id == form["switch"]:
                switch.set_enabled(form["to"] == "on")
                result = "repaired" if form["to"] == "on" else "broken"
                return {"text": f"{switch.label}: {result}. {switch.effect if result == 'broken' else ''}".strip()}
        raise UserError(f"The switch {form['switch']} does not exist. Reload the page.")

    def _switches(self) -> list[actions.Switch]:
        return list(actions.switches(self._watcher.cloud, self._local_cloud, self._watcher.snapshot.flow))

    @property
    def _local_cloud(self) -> LocalCloud:
        if self._watcher.cloud.local is None:
            raise UserError("This page is read-only: it shows an environment on AWS.")
        return self._watcher.cloud.local


def _call_and_convert_errors[Argument, Result](operation: Callable[[Argument], Result], argument: Argument) -> Result:
    with convert_aws_errors():
        return operation(argument)


def serve(cloud: Cloud, port: int, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve the page; call `on_ready` when the initial data has been loaded."""
    app = create_app(EnvironmentWatcher(cloud), port, secrets.token_urlsafe(32))
    on_ready()
    uvicorn.run(app, host=HOST, port=port, log_level="warning", timeout_graceful_shutdown=2, server_header=False)


def main() -> None:
    """Run the process of the local cloud's page, which `make up` starts and `make down` stops."""
    parser = argparse.ArgumentParser(description="Serve the studio page on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="folder of the local cloud")
    args = parser.parse_args()
    with convert_aws_errors():
        serve(from_local_cloud(LocalCloud(args.folder)), args.port)


if __name__ == "__main__":
    main()
