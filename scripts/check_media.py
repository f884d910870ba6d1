"""Hold that every text in a Markdown place of the app goes through the function of that medium (``make lint``).

Labels, captions and messages of Streamlit are read as Markdown. What stands there is written in the code, comes from
the catalogue by ``t`` or ``say`` (which escape what is filled in), or goes through ``ipps_geo.media.markdown``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

READ_AS_MARKDOWN = frozenset(
    {
        "badge",
        "button",
        "caption",
        "checkbox",
        "date_input",
        "download_button",
        "error",
        "expander",
        "file_uploader",
        "form_submit_button",
        "header",
        "info",
        "link_button",
        "markdown",
        "metric",
        "multiselect",
        "number_input",
        "page_link",
        "pills",
        "popover",
        "radio",
        "segmented_control",
        "selectbox",
        "slider",
        "spinner",
        "status",
        "subheader",
        "success",
        "tabs",
        "text_area",
        "text_input",
        "title",
        "toast",
        "toggle",
        "warning",
        "write",
    }
)
"""Methods of Streamlit whose first argument (and ``help``, and options shown by ``format_func``) is Markdown."""

FIELDS = frozenset({"choice", "choices", "number", "text", "tick"})
"""Functions of ``planner.fields``, whose second argument is the label; there it is handed on."""

ESCAPING = frozenset({"t", "say", "markdown", "len"})
FORBIDDEN = frozenset({"unsafe_allow_html"})


def faults(path: Path) -> Iterator[str]:
    """Yield ``file:line what`` for each text that reaches Markdown or HTML unescaped."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        named = {word.arg: word.value for word in node.keywords}
        if FORBIDDEN & set(named):
            yield f"{path}:{node.lineno} {node.func.attr} with HTML"
        field = node.func.attr in FIELDS and ast.unparse(node.func.value) == "fields"
        if not field and (node.func.attr not in READ_AS_MARKDOWN or not _is_streamlit(node.func.value)):
            continue
        if path.name == "fields.py" and ast.unparse(node.args[0]) == "label":
            continue
        told = [
            *node.args[field : field + 1],
            *(named[name] for name in ("label", "body", "help", "text", "title") if name in named),
        ]
        for text in told:
            if not _escaped(text):
                yield f"{path}:{text.lineno} {node.func.attr}: {ast.unparse(text)[:80]}"


def _is_streamlit(owner: ast.expr) -> bool:
    """Whether the owner of a method may be Streamlit's: the module, a column, a tab; not a module of the project."""
    return isinstance(owner, ast.Name | ast.Subscript) and ast.unparse(owner) not in {
        "screens",
        "report",
        "LOG",
        "style",
    }


def _escaped(text: ast.expr) -> bool:
    if isinstance(text, ast.Constant):
        return True
    if isinstance(text, ast.Call):
        if isinstance(text.func, ast.Name) and text.func.id == "map" and ast.unparse(text.args[0]) in ESCAPING:
            return True
        name = text.func.id if isinstance(text.func, ast.Name) else ""
        if isinstance(text.func, ast.Attribute) and text.func.attr == "join":
            return _escaped(text.func.value) and all(map(_escaped, text.args))
        return name in ESCAPING
    if isinstance(text, ast.JoinedStr):
        return all(_escaped(part) for part in text.values)
    if isinstance(text, ast.FormattedValue):
        return _escaped(text.value)
    if isinstance(text, ast.IfExp):
        return _escaped(text.body) and _escaped(text.orelse)
    if isinstance(text, ast.BinOp):
        return _escaped(text.left) and _escaped(text.right)
    if isinstance(text, ast.BoolOp):
        return all(map(_escaped, text.values))
    if isinstance(text, ast.List | ast.Tuple):
        return all(map(_escaped, text.elts))
    if isinstance(text, ast.GeneratorExp | ast.ListComp):
        return _escaped(text.elt)
    return isinstance(text, ast.Starred) and _escaped(text.value)


def main() -> int:
    """Print every fault of the app and return 1 when there is one."""
    found = [fault for path in sorted(Path("apps").rglob("*.py")) for fault in faults(path)]
    print("\n".join(found) or "every text of the app is escaped")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
