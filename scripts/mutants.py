"""Small faults that a module can have: drawn with a seed, or all of them, by the operators of cosmic-ray.

A fault is a changed comparison, sign, number, condition, ``and``/``or`` or jump; never in a docstring, a type, a
guard of ``zip`` or what an error is raised with.
"""

from __future__ import annotations

import ast
import difflib
import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
PACKAGE = "ipps_geo"
KINDS = (
    "ReplaceTrue",
    "ReplaceFalse",
    "AddNot",
    "AndWith",
    "OrWith",
    "NumberReplacer",
    "UnaryOperator",
    "Break",
    "Continue",
)
TURNS = (
    "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_Gt", "Gt_Lt", "LtE_GtE", "GtE_LtE",
    "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "BitAnd_BitOr", "BitOr_BitAnd",
)  # fmt: skip
"""A comparison turned round or moved by its boundary, a sign changed: what a reader of the code would call a fault."""


@dataclass(frozen=True)
class Mutant:
    """One planted fault: where, by which operator, and the lines before and after."""

    room: str
    file: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str

    def code(self, folder: Path) -> str:
        """Return the module with the fault in it."""
        text = (folder / self.file).read_text(encoding="utf-8")
        return str(mutate_code(text, get_operator(self.operator)(), self.occurrence))


def rooms(folder: Path) -> dict[str, list[Path]]:
    """Return the modules of each room; those that stand alone are ``ground``, the pages ``apps``."""
    found: dict[str, list[Path]] = {}
    for path in sorted((folder / PACKAGE).rglob("*.py")):
        inside = path.relative_to(folder / PACKAGE)
        if path.name not in ("__init__.py", "__main__.py"):
            found.setdefault(inside.parts[0] if len(inside.parts) > 1 else "ground", []).append(path)
    found["apps"] = [path for path in sorted((folder / "apps").rglob("*.py")) if path.name != "__init__.py"]
    return found


@functools.cache
def operators() -> tuple[str, ...]:
    """Return the operators in use."""
    return tuple(
        name
        for name in operator_names()
        if any(kind in name for kind in KINDS) or name.endswith(tuple(f"_{turn}" for turn in TURNS))
    )


def places(path: Path) -> list[list[tuple[Path, str, int]]]:
    """Return, for every place of a module that can be wrong, the faults there: (module, operator, occurrence)."""
    nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
    at: dict[object, list[tuple[Path, str, int]]] = {}
    for name in operators():
        operator, number = get_operator(name)(), 0
        for node in nodes:
            for position in operator.mutation_positions(node):
                at.setdefault(position, []).append((path, name, number))
                number += 1
    return list(at.values())


def drawn(paths: Sequence[Path], room: str, count: int | None, seed: int) -> list[Mutant]:
    """Return ``count`` mutants of a room, one at a place, each place as likely as any other; None: all there are."""
    draw = random.Random(f"{seed} {room}")
    known = [place for path in paths for place in places(path)]
    if count is None:
        return list(dict.fromkeys(filter(None, (one(room, *fault) for place in known for fault in place))))
    draw.shuffle(known)
    mutants: list[Mutant] = []
    for place in known:
        if len(mutants) == count:
            break
        mutant = one(room, *draw.choice(place))
        if mutant is not None:
            mutants.append(mutant)
    return mutants


def one(room: str, path: Path, name: str, occurrence: int) -> Mutant | None:
    """Return the mutant of a file by one operator; None where it changes only what no test could see."""
    code = path.read_text(encoding="utf-8")
    changed = mutate_code(code, get_operator(name)(), occurrence)
    if changed is None or _bare(changed) in (_bare(code), ""):  # the same, or no program at all
        return None
    number, before, after = next(_different(code, changed))
    if before.strip().startswith(("@", "from ", "import ")) or "raise " in before or "TYPE_CHECKING" in before:
        return None
    if before.strip() == "*,":  # no product: arguments by name alone
        return None
    return Mutant(room, str(path.relative_to(ROOT)), name, occurrence, number, before.strip(), after.strip())


class _Bare(ast.NodeTransformer):
    """Takes away what no test sees: types, and the guard that two sequences of a ``zip`` are equally long."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        every = [*node.posonlyargs, *node.args, *node.kwonlyargs]  # by place or by name: what is called is the same
        defaults = [*node.defaults, *filter(None, node.kw_defaults)]
        return self.generic_visit(
            ast.arguments(posonlyargs=[], args=every, vararg=node.vararg, kwonlyargs=[], kw_defaults=[],
                          kwarg=node.kwarg, defaults=defaults)
        )  # fmt: skip

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg == "strict":
            node.value = ast.Constant(None)
        return self.generic_visit(node)


@functools.lru_cache(4)
def _bare(code: str) -> str:
    try:
        return ast.dump(_Bare().visit(ast.parse(code)))
    except SyntaxError:
        return ""


def _different(code: str, changed: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line number, line before, line after) where two texts differ."""
    old, new = code.splitlines(), changed.splitlines()
    for tag, start, _, begin, _ in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield start + 1, old[min(start, len(old) - 1)], new[min(begin, len(new) - 1)]
