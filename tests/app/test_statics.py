"""Scripts and styles travel compressed; nothing that a page says of data does."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient


@pytest.mark.parametrize(
    ("path", "coding"),
    [("/static/js/index.js", "gzip"), ("/static/media/letters.woff2", None), ("/", None), ("/media/a.js", None)],
)
def test_only_static_files_that_are_plain_are_compressed(path, coding):
    from server import SmallStatics

    inner = Starlette(routes=[Route(path, lambda _: PlainTextResponse("x" * 5000))])
    answer = TestClient(SmallStatics(inner)).get(path, headers={"accept-encoding": "gzip"})
    assert answer.headers.get("content-encoding") == coding
    assert answer.text == "x" * 5000
