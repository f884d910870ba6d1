"""The tiles of the base map that a file on this machine holds, as the browser asks for them."""

from __future__ import annotations

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ipps_geo.screens.base_map import TILE_PATH, base_map_file

KEPT_S = 24 * 3600
"""So long a browser may keep a tile."""


async def tile(request: Request) -> Response:
    """Answer a request for a tile; 204 where the file holds none there."""
    tiles = base_map_file()
    if tiles is None:
        return Response(status_code=404)
    z, x, y = (request.path_params[name] for name in ("z", "x", "y"))
    content = await anyio.to_thread.run_sync(tiles.tile, z, x, y)
    kept = {"cache-control": f"private, max-age={KEPT_S}"}
    return Response(content, 200, kept, tiles.media_type) if content else Response(None, 204, kept)


TILES = (Route(f"/{TILE_PATH}/{{z:int}}/{{x:int}}/{{y:int}}", tile),)
