"""The addresses of the desk: forms in by POST, pages and files out. What they say and decide is in `triage.desk`.

An answer never stands in an address: whoever comes to one of these by a link or a reload starts anew at the desk. Nothing is kept
from one request to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from triage.desk import pages
from triage.desk.downloads import Download, make_intake_file, make_sheet_file
from triage.desk.form import Form, add_site, make_intakes, name_site, read_form, remove_site
from triage.desk.opening import open_files
from triage.desk.pages import Desk
from triage.desk.panel import assess_form, make_panel
from triage.service import bodies
from triage.service.context import Context
from triage.service.routes import PlainRoute

Show = Callable[[Desk, Form], str]
SHOWN: dict[str, Show] = {
    "/desk": pages.show_desk,
    "/desk/result": pages.show_result,
    "/desk/check": pages.show_check,
    "/interview": pages.show_interview,
    "/sheet": pages.show_sheet,
}
# Answers are saved here from a page that need not have said yet what they report; a form without a script is one.
BLIND = "/desk/save"
FORM_ONLY = (
    "/desk",
    "/desk/result",
    "/desk/check",
    "/desk/add",
    "/desk/remove",
    BLIND,
    "/desk/open",
    "/sheet",
    "/sheet/file",
    "/sheet/save",
)


def make_router(context: Context) -> APIRouter:
    """The routes of the desk."""
    desk = Desk(context.pack, context.reading, context.assets)
    router = APIRouter(route_class=PlainRoute, include_in_schema=False)
    _add_starts(router, desk)
    _add_pages(router, desk, context)
    _add_changes(router, desk, context)
    _add_files(router, desk, context)
    return router


def _add_starts(router: APIRouter, desk: Desk) -> None:
    """What is opened without answers."""

    async def begin(request: Request) -> Response:
        shown = {"/": pages.show_desk, "/interview": pages.show_interview, "/open": pages.show_open}
        return HTMLResponse(shown[request.url.path](desk, Form()))

    async def begin_again(_: Request) -> Response:
        return RedirectResponse("/", 303)

    for path in ("/", "/interview", "/open"):
        router.add_api_route(path, begin, methods=["GET"])
    for path in FORM_ONLY:
        router.add_api_route(path, begin_again, methods=["GET"])


def _add_pages(router: APIRouter, desk: Desk, context: Context) -> None:
    """What shows the answers that a form holds."""

    async def show(request: Request) -> Response:
        form = await _read(request, context)
        return await _answer(SHOWN[request.scope["route"].path], desk, form)

    for path in SHOWN:
        router.add_api_route(path, show, methods=["POST"])


def _add_changes(router: APIRouter, desk: Desk, context: Context) -> None:
    """What gives the form another shape."""

    @router.post("/desk/add")
    async def add(request: Request) -> Response:
        return await _answer(pages.show_desk, desk, add_site(await _read(request, context)))

    @router.post("/desk/remove")
    async def remove(request: Request) -> Response:
        form = await _read(request, context)
        left = remove_site(form, _number(form))
        told = []
        if left is not form:
            told.append(f"{name_site(form, _number(form))} was removed, with the answers that are about it alone")
        return await _answer(partial(pages.show_desk, told=told), desk, left)

    @router.post("/desk/open")
    async def open_saved(request: Request) -> Response:
        sent = await bodies.read_form(request, context.settings.limits)
        files = [(upload.file, upload.content) for upload in sent.files]
        form, told = await run_in_threadpool(open_files, context.pack, files)
        if form.troubles:
            return await _answer(pages.show_open, desk, form)
        return HTMLResponse(await run_in_threadpool(pages.show_desk, desk, form, told))


def _add_files(router: APIRouter, desk: Desk, context: Context) -> None:
    """What is taken away as a file; with troubles, the desk comes instead."""

    @router.post("/sheet/file")
    async def take_sheet(request: Request) -> Response:
        form = await _read(request, context)
        return await _take(desk, form, lambda: make_sheet_file(desk.pack, assess_form(desk.pack, form, desk.reading), form.do))

    async def save(request: Request) -> Response:
        form = await _read(request, context)
        if request.scope["route"].path == BLIND and make_panel(desk.pack, form, desk.reading).is_emergency:
            return await _answer(pages.show_desk, desk, form)
        number = min(max(_number(form), 1), len(form.sites))
        return await _take(desk, form, lambda: make_intake_file(make_intakes(desk.pack, form)[number - 1]))

    for path in (BLIND, "/sheet/save"):
        router.add_api_route(path, save, methods=["POST"])


async def _read(request: Request, context: Context) -> Form:
    """The form of a page. No page but that of saved answers sends files, so that one is a field that is not known."""
    sent = await bodies.read_form(request, context.settings.limits)
    files = ((f"file.{upload.name}", "") for upload in sent.files)
    return read_form(context.pack, (*sent.fields, *files))


async def _answer(show: Show, desk: Desk, form: Form) -> Response:
    return HTMLResponse(await run_in_threadpool(show, desk, form), 422 if form.troubles else 200)


async def _take(desk: Desk, form: Form, make: Callable[[], Download]) -> Response:
    if form.troubles:
        return await _answer(pages.show_desk, desk, form)
    made = await run_in_threadpool(make)
    return Response(
        made.content, media_type=made.media_type, headers={"Content-Disposition": f'attachment; filename="{made.name}"'}
    )


def _number(form: Form) -> int:
    """Which of several intakes a button is about; 0 if that is not said."""
    return int(form.do) if form.do.isascii() and form.do.isdigit() and len(form.do) < 3 else 0
