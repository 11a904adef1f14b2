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
from orderflow_cli.studio.watch import Watch

_FOLDER: Final = Path(__file__).parent
_REFRESH_HEADERS: Final = {"HX-Trigger": "changed"}
type Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(watch: Watch, port: int, token: str) -> Starlette:
    """Create the application; write requests must send `token`."""
    page = Page(watch, token)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watch.start(asyncio.get_running_loop())
        yield
        await run_in_threadpool(watch.stop)

    routes = [
        Route("/", page.index),
        Route("/stream", page.stream),
        Route("/chart", page.chart),
        Route("/flow", page.fragment(lambda request: views.flow(watch))),
        Route("/orders", page.fragment(lambda request: views.orders(watch, request.query_params))),
        Route("/orders/{order_id}", page.fragment(lambda request: views.trace(watch, request.path_params["order_id"]))),
        Route("/nodes/{node}", page.fragment(lambda request: views.node(watch, request.path_params["node"]))),
        Route("/contracts/{name}", page.fragment(lambda request: views.contract(request.path_params["name"]))),
        Route("/dead-letters", page.fragment(lambda request: views.dead_letters(watch))),
        Route("/switches", page.fragment(lambda request: page.all_switches())),
        Route("/orders", page.action(page.place_order), methods=["POST"]),
        Route("/redrive", page.action(page.redrive), methods=["POST"]),
        Route("/replay", page.action(page.replay), methods=["POST"]),
        Route("/switches", page.action(page.set_switch), methods=["POST"]),
        Mount("/static", StaticFiles(directory=_FOLDER / "static")),
    ]
    guard = Middleware(Guard, port=port, token=token, writes=watch.writes)
    return Starlette(routes=routes, lifespan=lifespan, middleware=[guard])


class Page:
    def __init__(self, watch: Watch, token: str) -> None:
        self._watch = watch
        self._token = token
        loader = FileSystemLoader(_FOLDER / "templates")
        environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
        environment.filters |= views.TEMPLATE_FILTERS
        self._templates = Jinja2Templates(env=environment)

    def _render(self, name: str, request: Request, values: dict[str, Any], **options: Any) -> Response:
        return self._templates.TemplateResponse(request, f"{name}.html", values, **options)

    async def index(self, request: Request) -> Response:
        values = await run_in_threadpool(views.index, self._watch)
        settings = {"token": self._token, "writes": self._watch.writes, "stories": actions.STORIES}
        return self._render("index", request, {**values, **settings})

    async def stream(self, request: Request) -> Response:
        async def ticks() -> AsyncIterator[dict[str, str]]:
            with self._watch.subscribe() as queue:
                yield {"event": "tick", "data": json.dumps({**self._watch.tick(), "moves": []})}
                while not await request.is_disconnected():
                    yield {"event": "tick", "data": json.dumps(await queue.get())}

        return EventSourceResponse(ticks())

    async def chart(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._watch.chart))

    def fragment(self, values: Callable[[Request], tuple[str, dict[str, Any]]]) -> Endpoint:
        """Return an endpoint that renders the template and values from `values`, or the UserError that it raises."""

        async def endpoint(request: Request) -> Response:
            try:
                name, template_values = await run_in_threadpool(_with_user_errors, values, request)
            except UserError as error:
                return self._render("problem", request, {"text": str(error)})
            return self._render(name, request, {**template_values, "writes": self._watch.writes})

        return endpoint

    def action(self, operation: Callable[[dict[str, str]], dict[str, Any]]) -> Endpoint:
        """Return an endpoint that runs `operation`, shows its message and refreshes the rest of the page."""

        async def endpoint(request: Request) -> Response:
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            try:
                values = await run_in_threadpool(_with_user_errors, operation, form)
            except UserError as error:
                values = {"text": str(error), "failed": True}
            self._watch.refresh()
            return self._render("notice", request, {**values, "form": form}, headers=_REFRESH_HEADERS)

        return endpoint

    def place_order(self, form: dict[str, str]) -> dict[str, Any]:
        placed = actions.place_order(self._cloud, form.get("body", ""), form["customer"], form.get("story", "capture"))
        return {"placed": placed, "failed": placed.status != 202}

    def redrive(self, form: dict[str, str]) -> dict[str, Any]:
        return {"text": actions.redrive_message(self._watch.cloud, form["source"], form["message"])}

    def replay(self, form: dict[str, str]) -> dict[str, Any]:
        event = self._watch.journal.event(int(form["number"])) if self._watch.journal else None
        if event is None:
            raise UserError("This event is no longer in the journal.")
        force = form.get("force") == "yes"
        try:
            flow = self._watch.snapshot.flow
            return {"text": actions.replay_event(self._watch.cloud, flow, event, form["receiver"], force=force)}
        except UserError as error:
            return {"text": str(error), "failed": True, "may_force": not force and "--force" in str(error)}

    def all_switches(self) -> tuple[str, dict[str, Any]]:
        switches = list(self._switches()) if self._watch.writes else []
        parts = {one.part: {each.kind: each for each in switches if each.part == one.part} for one in switches}
        return "switches", {"parts": parts, "kinds": actions.KINDS, "off": [one for one in switches if one.is_off]}

    def set_switch(self, form: dict[str, str]) -> dict[str, Any]:
        for switch in self._switches():
            if switch.id == form["switch"]:
                switch.set_on(form["to"] == "on")
                result = "repaired" if form["to"] == "on" else "broken"
                return {"text": f"{switch.label}: {result}. {switch.effect if result == 'broken' else ''}".strip()}
        raise UserError("This part has no such switch; reload the page.")

    def _switches(self) -> list[actions.Switch]:
        return list(actions.switches(self._watch.cloud, self._cloud, self._watch.snapshot.flow))

    @property
    def _cloud(self) -> LocalCloud:
        if self._watch.cloud.local is None:
            raise UserError("This page is read-only: it shows an environment on AWS.")
        return self._watch.cloud.local


def _with_user_errors[Argument, Result](operation: Callable[[Argument], Result], argument: Argument) -> Result:
    with convert_aws_errors():
        return operation(argument)


def serve(cloud: Cloud, port: int, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve the page; call `on_ready` when the initial data has been loaded."""
    app = create_app(Watch(cloud), port, secrets.token_urlsafe(32))
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
