"""What a script holds of the balance, augmentations, regularisations and transfer of a recipe: nothing where it has none."""

from __future__ import annotations

from core.data.balance.catalogue import BALANCES
from core.data.base import Prepared
from core.export.sources import SourceCollector
from core.models.catalogue import ARCHITECTURES
from core.recipe.parts import Recipe
from core.train.augment.catalogue import AUGMENTATIONS
from core.train.regularise.catalogue import REGULARISATIONS

STEP = "core.train.augment.augment:Step"
AUGMENTER = "core.train.augment.augment:Augmenter"
PLAIN_BATCH = "x_train.index_select(0, chosen), y_train.index_select(0, chosen)"


def transfer_calls(recipe: Recipe, collector: SourceCollector) -> dict[str, str]:
    """What stands in the places of the template for trained weights and frozen layers; "" takes the line out."""
    transfer = recipe.transfer
    calls = {"START": "", "FREEZING": "", "FREEZE": "", "PARAMETERS": "model.parameters()"}
    if transfer.weights:
        tensors = 'load_file("start.safetensors")'
        if transfer.weights == "pretrained":
            tensors = f"{collector.add(ARCHITECTURES[recipe.model.key].pretrained)}()"
        else:
            collector.imports["from safetensors.torch import load_file"] = None
        if transfer.weights == "embeddings":
            tensors = f"{collector.add('core.train.transfer.fill:for_tables')}(model, {tensors}['embeddings'])"
        filled = collector.add("core.train.transfer.fill:fill")
        calls["START"] = f"{filled}(model, {tensors}, fresh_output={transfer.fresh_output})"
    if transfer.frozen != "none":
        made = collector.add("core.train.transfer.freezing:Freezing")
        calls["FREEZING"] = f"freezing = {made}(model, {transfer.frozen!r}, {transfer.thaw!r}, {transfer.thaw_after})"
        calls["FREEZE"] = "freezing.apply(epoch)"
    if transfer.layer_decay != 1.0:
        groups = collector.add("core.train.transfer.freezing:learning_groups")
        calls["PARAMETERS"] = f"{groups}(model, {transfer.layer_decay!r})"
    return calls


def technique_calls(recipe: Recipe, data: Prepared, collector: SourceCollector) -> dict[str, str]:
    """What stands in the places of the template that techniques fill; "" takes the line out."""
    setup: list[str] = []
    before: list[str] = []
    calls = {"BATCH": PLAIN_BATCH, "DRAWS": "", "BATCH_LOSS": "loss_function(model(x), y)"}
    calls |= {"AFTER_BACKWARD": "", "AFTER_UPDATE": "", "ORDER": _order(recipe, collector)}
    if recipe.augment.entries:
        steps = []
        for key, params in recipe.augment.entries.items():
            function = collector.add(AUGMENTATIONS[key].build)
            steps.append(f"{collector.add(STEP)}({key!r}, {function}, {dict(params)!r}, {AUGMENTATIONS[key].mixes})")
        setup.append('mean, std = (torch.from_numpy(arrays[name]).float().to(device) for name in ("x_mean", "x_std"))')
        listed = ",\n        ".join(steps)
        setup.append(
            f"augmenter = {collector.add(AUGMENTER)}(\n        [{listed}],\n        "
            f"SEED, {data.kind!r}, CLASSES, mean, std,\n    )"
        )
        calls["BATCH"] = "augmenter(x_train, y_train, chosen, epoch, device)"
    if recipe.regularise.entries:
        made = [
            f"{collector.add(REGULARISATIONS[key].build)}(**{dict(params)!r})"
            for key, params in recipe.regularise.entries.items()
        ]
        before.append(f"regularisers = [{', '.join(made)}]")
        if any(REGULARISATIONS[key].averages for key in recipe.regularise.entries):
            total = "STEPS or EPOCHS * steps_per_epoch"
            before.append("for regulariser in regularisers:")
            before.append(f"    optimizer = regulariser.optimizer(optimizer, steps_per_epoch, {total})")
        calls["DRAWS"] = f"draws = {collector.add('core.train.regularise.base:StepDraws')}(SEED, step)"
        loss = collector.add("core.train.regularise.base:regularised_loss")
        calls["BATCH_LOSS"] = f"{loss}(regularisers, model, model, loss_function, x, y, draws)"
        each = "for regulariser in regularisers:"
        calls["AFTER_BACKWARD"] = f"{each}\n                        regulariser.gradients(model, draws)"
        calls["AFTER_UPDATE"] = f"{each}\n                regulariser.after_update(model)"
    return calls | {"TECHNIQUES": "\n    ".join(setup), "REGULARISERS": "\n    ".join(before)}


def _order(recipe: Recipe, collector: SourceCollector) -> str:
    """The order of an epoch's rows; balances that act on rows are in the data already."""
    shuffle = 'SHUFFLE and FAULT != "sorted_rows"'
    balance = BALANCES[recipe.balance.key]
    if balance.acts == "batches":
        return (
            f"{collector.add(balance.build)}(SEED, epoch, y_train.cpu(), {shuffle}, **{dict(recipe.balance.params)!r})"
        )
    return f"{collector.add('core.train.seeds:epoch_order')}(SEED, epoch, rows, {shuffle})"
