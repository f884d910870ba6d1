"""GraphML as OSMnx saves it, read as text: what a value means is judged where columns are judged."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pandas as pd

from ipps_geo.errors import BadInput, UnsafeInput
from ipps_geo.reach.street_rules import first_value


def read_graphml(file: Path) -> tuple[pd.DataFrame, pd.DataFrame, bool, str | None]:
    """Return (nodes, edges, whether edges are directed, reference system) of a file, every value a text.

    Nodes have the column ``id``, edges ``u`` and ``v``; the others are named as the file names its data. Values that
    OSMnx keeps as the text of a list are their first entry.

    Raises
    ------
    UnsafeInput
        XML with entities or a document type.
    BadInput
        No GraphML.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    names: dict[str, str] = {}
    graph: dict[str, str] = {}
    nodes: list[dict[str, str]] = []
    edges: list[dict[str, str]] = []
    directed = True
    root = ""
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            tag = _bare(element.tag)
            root = root or tag
            if event == "start":
                if tag == "graph":
                    directed = element.get("edgedefault", "directed") != "undirected"
                continue
            if tag == "key":
                names[element.get("id", "")] = element.get("attr.name", element.get("id", ""))
            elif tag == "node":
                nodes.append(_data(element, names) | {"id": element.get("id", "")})
                element.clear()
            elif tag == "edge":
                edges.append(_data(element, names) | {"u": element.get("source", ""), "v": element.get("target", "")})
                element.clear()
            elif tag == "graph":
                graph = _data(element, names)
    except DefusedXmlException as error:
        raise UnsafeInput("streets.xml_entities", where=file.name) from error
    except ParseError as error:
        raise BadInput("streets.not_xml", where=file.name, row=error.position[0]) from error
    except (LookupError, ValueError) as error:  # an encoding that is none
        raise BadInput("streets.not_xml", where=file.name, row=1) from error
    if root != "graphml":
        raise BadInput("streets.not_graphml", where=file.name, found=root)
    return pd.DataFrame(nodes), pd.DataFrame(edges), directed, _crs_text(graph.get("crs"))


def _bare(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _data(element: Element, names: dict[str, str]) -> dict[str, str]:
    found = {}
    for part in element:
        if _bare(part.tag) == "data" and part.text:
            found[names.get(part.get("key", ""), part.get("key", ""))] = first_value(part.text)
    return found


def _crs_text(text: str | None) -> str | None:
    """Return a reference system as one text; an older OSMnx kept it as the text of a dict."""
    if not text or text == "None":
        return None
    if not text.startswith("{"):
        return text
    try:
        parts = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return str(parts.get("init", text)) if isinstance(parts, dict) else text
