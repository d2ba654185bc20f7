"""Collecting the source of a function with everything of ours it uses, so that it stands alone in a script."""

from __future__ import annotations

import ast
import importlib.util
from functools import cache
from pathlib import Path

OWN = "core."
STAND_INS = {
    "ModelInput": (
        "class ModelInput:\n"
        '    """One sample as the model sees it: kind, shape without the batch axis, number of token ids (text), the graph."""\n\n'
        "    def __init__(self, kind, shape, vocabulary_size=0, graph=None):\n"
        "        self.kind, self.shape, self.vocabulary_size, self.graph = kind, shape, vocabulary_size, graph\n"
    ),
    "Graph": (
        "class Graph:\n"
        '    """A whole graph: features (nodes, features) and edges (2, edges), from row 0 to row 1."""\n\n'
        "    def __init__(self, features, edges):\n"
        "        self.features, self.edges = features, edges\n"
    ),
    "BadInput": "BadInput = ValueError\n",
}


@cache
def _module(name: str) -> tuple[str, ast.Module]:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ImportError(name)
    text = Path(spec.origin).read_text(encoding="utf-8")
    return text, ast.parse(text)


class SourceCollector:
    """Gathers definitions in an order in which they can be executed; `imports` holds the outside imports they need."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {}
        self.definitions: dict[str, str] = {}

    def add(self, reference: str) -> str:
        """Collect "module:name" and all it uses of ours; returns the name."""
        module, _, name = reference.partition(":")
        self._visit(module, name)
        return name

    def _visit(self, module: str, name: str) -> None:
        if name in self.definitions:
            return
        if name in STAND_INS:
            self.definitions[name] = STAND_INS[name]
            return
        text, tree = _module(module)
        ours, outside, here = _names(tree)
        node = here.get(name)
        if node is None:
            raise KeyError(f"{module} defines no {name}")
        self.definitions[name] = ""  # marks it visited, so that recursion ends
        for used in _used(node):
            if used in ours:
                self._visit(ours[used], used)
            elif used in here and used != name:
                self._visit(module, used)
            elif used in outside:
                self.imports[outside[used]] = None
        del self.definitions[name]
        self.definitions[name] = _source(text, node)


def _names(tree: ast.Module) -> tuple[dict[str, str], dict[str, str], dict[str, ast.stmt]]:
    """Names imported from our modules, statements that import outside names, and top-level definitions."""
    ours: dict[str, str] = {}
    outside: dict[str, str] = {}
    here: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
            for alias in node.names:
                if node.module.startswith(OWN):
                    ours[alias.name] = node.module
                else:
                    outside[alias.asname or alias.name] = f"from {node.module} import {alias.name}" + (
                        f" as {alias.asname}" if alias.asname else ""
                    )
        elif isinstance(node, ast.Import):
            for alias in node.names:
                outside[alias.asname or alias.name.split(".")[0]] = f"import {alias.name}" + (
                    f" as {alias.asname}" if alias.asname else ""
                )
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            here[node.name] = node
        elif isinstance(node, ast.Assign):
            here |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            here[node.target.id] = node
    return ours, outside, here


def _used(node: ast.stmt) -> list[str]:
    """Every name read inside `node`, annotations included, in order of appearance."""
    return list(dict.fromkeys(found.id for found in ast.walk(node) if isinstance(found, ast.Name)))


def _source(text: str, node: ast.stmt) -> str:
    lines = text.splitlines()
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)])
    return "\n".join(lines[first - 1 : node.end_lineno]) + "\n"
