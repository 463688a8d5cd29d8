"""The style and the script of the pages, served from memory under names that change with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from triage.service.refusals import Refusal
from triage.service.routes import PlainRoute

KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """A file of the pages and where it is served."""

    name: str
    address: str
    kind: str
    content: bytes


def read_assets() -> tuple[Asset, ...]:
    """What lies in `triage/desk/static`, by name."""
    folder = files("triage.desk").joinpath("static")
    found = sorted(folder.iterdir(), key=lambda file: file.name) if folder.is_dir() else []
    return tuple(_read(file.name, file.read_bytes()) for file in found if _ending(file.name) in KINDS)


def addresses(assets: tuple[Asset, ...]) -> Mapping[str, str]:
    """Where each file is served."""
    return {asset.name: asset.address for asset in assets}


def make_router(assets: tuple[Asset, ...]) -> APIRouter:
    """The routes below `/static`; a browser keeps what it got, since other content has another name."""
    router = APIRouter(route_class=PlainRoute, include_in_schema=False)
    served = {asset.address.removeprefix("/static/"): asset for asset in assets}

    @router.get("/static/{name}")
    async def static(_: Request, name: str) -> Response:
        if name not in served:
            raise Refusal(404, "there is nothing at this address")
        asset = served[name]
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": asset.kind}
        return Response(asset.content, headers=headers)

    return router


def _read(name: str, content: bytes) -> Asset:
    ending = _ending(name)
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Asset(name, f"/static/{name.removesuffix(ending)}-{digest}{ending}", KINDS[ending], content)


def _ending(name: str) -> str:
    return f".{name.rpartition('.')[2]}"
