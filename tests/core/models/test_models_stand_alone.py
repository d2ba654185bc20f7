"""Catalogues are free of torch, and the torch side can be pasted into one plain script."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from tests.core.models.outputs_for_tests import outputs_of

CATALOGUES = (
    "core.models.catalogue",
    "core.models.checks",
    "core.models.start_checks",
    "core.models.sizes",
    "core.models.images.formulas",
    "core.models.series.formulas",
    "core.models.tables.formulas",
    "core.models.parts.catalogue",
    "core.optim.catalogue",
    "core.optim.schedules.catalogue",
    "core.optim.schedules.open_loop",
    "core.optim.schedules.reactive",
    "core.optim.schedules.points",
    "core.optim.schedules.composition",
    "core.optim.schedules.around",
    "core.train.loss_catalogue",
)
EMBEDDED = (
    "core.models.parts.activation_table",
    "core.models.parts.activations",
    "core.models.parts.dropout",
    "core.models.parts.norms",
    "core.models.parts.weight_norms",
    "core.models.parts.parametrised",
    "core.models.parts.residual",
    "core.models.parts.inputs",
    "core.models.parts.grouped",
    "core.models.parts.initialise",
    "core.models.parts.residual_starts",
    "core.models.parts.lsuv",
    "core.models.mlp",
    "core.models.cnn",
    "core.models.residual_cnn",
    "core.models.recurrent",
    "core.models.graph_networks",
    "core.models.autoencoder",
    "core.models.transformer",
    "core.models.images.vgg",
    "core.models.images.mobile",
    "core.models.images.vit",
    "core.models.images.capsule",
    "core.models.series.reader",
    "core.models.series.lstm_attention",
    "core.models.series.cnn_rnn",
    "core.models.series.tcn",
    "core.models.tables.linear",
    "core.models.tables.deep_cross",
    "core.optim.evaluation",
    "core.optim.first_order",
    "core.optim.adaptive",
    "core.optim.wrappers",
    "core.optim.second_order",
    "core.optim.learned",
    "core.optim.clipping",
    "core.optim.schedules.open_loop",
    "core.optim.schedules.reactive",
    "core.optim.schedules.points",
    "core.optim.schedules.composition",
    "core.optim.schedules.around",
    "core.train.augment.draws",
    "core.train.augment.augment",
    "core.train.augment.images",
    "core.train.augment.series",
    "core.train.augment.tokens",
    "core.train.augment.mixing",
    "core.train.regularise.base",
    "core.train.regularise.penalties",
    "core.train.regularise.noise",
    "core.train.regularise.adversarial",
    "core.train.regularise.averaging",
    "core.train.transfer.freezing",
    "core.train.losses",
    "core.train.regression_losses",
)


def test_no_catalogue_imports_torch():
    code = (
        f"import sys, importlib\nfor name in {CATALOGUES!r}: importlib.import_module(name)\n"
        "from core.models.catalogue import ARCHITECTURES\nfrom core.models.base import ModelInput\n"
        "model_input = ModelInput('text', (9,), 50)\n"
        "for spec in ARCHITECTURES.values():\n"
        "    if 'text' in spec.kinds:\n"
        "        assert spec.faults(model_input, {}) == []\n"
        "        assert spec.parameters(model_input, 2, {}) > 0\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('torch', 'numpy')])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def sources():
    return {name: Path(importlib.import_module(name).__file__).read_text() for name in EMBEDDED}


def test_embedded_modules_import_only_what_a_script_may():
    allowed = {
        "torch",
        "math",
        "collections.abc",
        "contextlib",
        "typing",
        "dataclasses",
        "functools",
        "__future__",
        "torch.nn.utils",
    }
    for name, source in sources().items():
        tree = ast.parse(source)
        assert "pytorch_optimizer" not in {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= allowed, name
                assert not any(alias.asname for alias in node.names), name
            elif isinstance(node, ast.ImportFrom):
                own = node.module in EMBEDDED or node.module in ("core.models.base", "pytorch_optimizer")
                assert node.level == 0, name
                assert own or node.module in allowed, (name, node.module)
                assert not any(alias.asname for alias in node.names), name


def test_top_level_names_are_unique():
    seen: dict[str, str] = {"ModelInput": "core.models.base"}
    for name, source in sources().items():
        for node in ast.parse(source).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names = [node.name]
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [target.id for target in targets]
            else:
                continue
            for found in names:
                assert seen.setdefault(found, name) == name, f"{found}: {seen[found]} and {name}"
                seen[found] = name


@pytest.mark.parametrize(
    ("key", "kind"),
    [(key, "image") for key, spec in ARCHITECTURES.items() if "image" in spec.kinds and not spec.pretrained],
)
def test_pasted_together_they_build_the_same_model(key, kind):
    script = ["from __future__ import annotations"]
    for source in sources().values():
        tree = ast.parse(source)
        tree.body = [
            node
            for node in tree.body
            if not (
                isinstance(node, ast.ImportFrom) and (node.module.startswith("core.") or node.module == "__future__")
            )
        ]
        script.append(ast.unparse(tree))
    names: dict[str, object] = {"ModelInput": ModelInput}
    exec("\n".join(script), names)
    spec = ARCHITECTURES[key]
    model_input = ModelInput(kind, (1, 8, 8))
    outputs = outputs_of(key, model_input, 3)
    torch.manual_seed(0)
    ours = spec.load()(model_input, outputs)
    torch.manual_seed(0)
    pasted = names[spec.build.partition(":")[2]](model_input, outputs, **spec.defaults())
    x = torch.rand(2, 1, 8, 8)
    assert torch.equal(ours.eval()(x), pasted.eval()(x))
