"""The page's routes. Each returns an HTML fragment that htmx inserts."""

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
from orderflow_cli.environments import Cloud, as_user_errors, from_local_cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.detached import HOST
from orderflow_cli.studio import actions, views
from orderflow_cli.studio.guard import Guard
from orderflow_cli.studio.watch import Watch

HERE: Final = Path(__file__).parent
_CHANGED: Final = {"HX-Trigger": "changed"}
type Answer = Callable[[Request], Awaitable[Response]]


def make(watch: Watch, port: int, token: str) -> Starlette:
    """Create the application; writing requests must send `token`."""
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
        Route("/flow", page.part(lambda request: views.flow(watch))),
        Route("/orders", page.part(lambda request: views.orders(watch, request.query_params))),
        Route("/orders/{order_id}", page.part(lambda request: views.trace(watch, request.path_params["order_id"]))),
        Route("/nodes/{node}", page.part(lambda request: views.node(watch, request.path_params["node"]))),
        Route("/contracts/{name}", page.part(lambda request: views.contract(request.path_params["name"]))),
        Route("/dead-letters", page.part(lambda request: views.dead_letters(watch))),
        Route("/switches", page.part(lambda request: page.all_switches())),
        Route("/orders", page.writes(page.place), methods=["POST"]),
        Route("/redrive", page.writes(page.redrive), methods=["POST"]),
        Route("/replay", page.writes(page.replay), methods=["POST"]),
        Route("/switches", page.writes(page.switch), methods=["POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    guard = Middleware(Guard, port=port, token=token, writes=watch.writes)
    return Starlette(routes=routes, lifespan=lifespan, middleware=[guard])


class Page:
    def __init__(self, watch: Watch, token: str) -> None:
        self._watch = watch
        self._token = token
        loader = FileSystemLoader(HERE / "templates")
        environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
        environment.filters |= views.FILTERS
        self._templates = Jinja2Templates(env=environment)

    def _render(self, name: str, request: Request, values: dict[str, Any], **options: Any) -> Response:
        return self._templates.TemplateResponse(request, f"{name}.html", values, **options)

    async def index(self, request: Request) -> Response:
        values = await run_in_threadpool(views.index, self._watch)
        own = {"token": self._token, "writes": self._watch.writes, "stories": actions.STORIES}
        return self._render("index", request, {**values, **own})

    async def stream(self, request: Request) -> Response:
        async def ticks() -> AsyncIterator[dict[str, str]]:
            with self._watch.listening() as told:
                yield {"event": "tick", "data": json.dumps({**self._watch.tick(), "moves": []})}
                while not await request.is_disconnected():
                    yield {"event": "tick", "data": json.dumps(await told.get())}

        return EventSourceResponse(ticks())

    async def chart(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._watch.chart))

    def part(self, values: Callable[[Request], tuple[str, dict[str, Any]]]) -> Answer:
        """Return an endpoint that renders the template and values of `values`, or the error it raises."""

        async def answer(request: Request) -> Response:
            try:
                name, found = await run_in_threadpool(_as_users_see, values, request)
            except UserError as error:
                return self._render("problem", request, {"text": str(error)})
            return self._render(name, request, {**found, "writes": self._watch.writes})

        return answer

    def writes(self, act: Callable[[dict[str, str]], dict[str, Any]]) -> Answer:
        """Return an endpoint that runs `act`, shows its message and makes the rest of the page refresh."""

        async def answer(request: Request) -> Response:
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            try:
                told = await run_in_threadpool(_as_users_see, act, form)
            except UserError as error:
                told = {"text": str(error), "failed": True}
            self._watch.refresh()
            return self._render("notice", request, {**told, "form": form}, headers=_CHANGED)

        return answer

    def place(self, form: dict[str, str]) -> dict[str, Any]:
        placed = actions.place(self._cloud, form.get("body", ""), form["customer"], form.get("story", "capture"))
        return {"placed": placed, "failed": placed.status != 202}

    def redrive(self, form: dict[str, str]) -> dict[str, Any]:
        return {"text": actions.redrive_message(self._watch.cloud, form["source"], form["message"])}

    def replay(self, form: dict[str, str]) -> dict[str, Any]:
        event = self._watch.journal.event(int(form["number"])) if self._watch.journal else None
        if event is None:
            raise UserError("This event is no longer in the journal.")
        force = form.get("force") == "yes"
        try:
            flow = self._watch.picture.flow
            return {"text": actions.replay_event(self._watch.cloud, flow, event, form["receiver"], force=force)}
        except UserError as error:
            return {"text": str(error), "failed": True, "may_force": not force and "--force" in str(error)}

    def all_switches(self) -> tuple[str, dict[str, Any]]:
        found = list(self._switches()) if self._watch.writes else []
        parts = {one.part: {each.kind: each for each in found if each.part == one.part} for one in found}
        return "switches", {"parts": parts, "kinds": actions.KINDS, "off": [one for one in found if one.off]}

    def switch(self, form: dict[str, str]) -> dict[str, Any]:
        for one in self._switches():
            if one.id == form["switch"]:
                one.turn(form["to"] == "on")
                done = "repaired" if form["to"] == "on" else "broken"
                return {"text": f"{one.label}: {done}. {one.effect if done == 'broken' else ''}".strip()}
        raise UserError("Unknown switch.")

    def _switches(self) -> list[actions.Switch]:
        return list(actions.switches(self._watch.cloud, self._cloud, self._watch.picture.flow))

    @property
    def _cloud(self) -> LocalCloud:
        if self._watch.cloud.local is None:
            raise UserError("This page is read-only.")
        return self._watch.cloud.local


def _as_users_see[Given, Found](act: Callable[[Given], Found], given: Given) -> Found:
    with as_user_errors():
        return act(given)


def serve(cloud: Cloud, port: int, say: Callable[[], None] = lambda: None) -> None:
    """Serve the page; `say` is called once the initial data is loaded."""
    app = make(Watch(cloud), port, secrets.token_urlsafe(32))
    say()
    uvicorn.run(app, host=HOST, port=port, log_level="warning", timeout_graceful_shutdown=2, server_header=False)


def main() -> None:
    """Run the process of the local cloud's page, which `make up` starts and `make down` stops."""
    parser = argparse.ArgumentParser(description="Serve the page on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="folder of the local cloud")
    args = parser.parse_args()
    with as_user_errors():
        serve(from_local_cloud(LocalCloud(args.folder)), args.port)


if __name__ == "__main__":
    main()
