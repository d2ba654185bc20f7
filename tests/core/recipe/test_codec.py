"""Recipes to documents, JSON and YAML and back; faults all at once; hostile texts."""

from __future__ import annotations

import contextlib
import json
import math
import random
import time
from typing import Any

import pytest
import yaml

from core.errors import BadInput, RecipeError
from core.recipe import codec
from core.recipe.base import Params
from core.recipe.catalogues import CATALOGUES
from core.recipe.check import REBUILDABLE, task_of
from core.recipe.parts import PARTS, Recipe
from core.registry import Param, ParamValue


def faults_of(document: Any) -> dict[str, str]:
    with pytest.raises(RecipeError) as caught:
        codec.parse_recipe(document)
    return {fault.path: fault.message for fault in caught.value.faults}


def random_value(param: Param, rng: random.Random) -> ParamValue:
    """Any allowed value of `param`, ends of its range included."""
    if param.optional and rng.random() < 0.3:
        return None
    if param.kind == "choice":
        return rng.choice(param.choices)
    if param.kind == "bool":
        return rng.random() < 0.5
    if param.check is not None:
        return param.default
    if param.kind == "text":
        return "".join(rng.choice("abc: #-'\"\n{é") for _ in range(rng.randrange(1, 12))).strip() or "x"
    low = param.minimum if param.minimum is not None else param.above if param.above is not None else -10.0
    high = param.maximum if param.maximum is not None else param.below if param.below is not None else low + 100.0
    if param.kind == "int":
        inside = rng.randint(int(low) + (param.above is not None), int(high) - (param.below is not None))
        return rng.choice([inside, int(low) + (param.above is not None)])
    value = rng.uniform(low, high)
    for bound in (param.above, param.below):
        if value == bound:
            value = (low + high) / 2
    return value


def random_document(rng: random.Random) -> dict[str, Any]:
    """A valid document with random choices; model and loss are left to fit the data."""
    document: dict[str, Any] = {"seed": rng.randrange(2**31)}
    for section, kind in PARTS.items():
        document[section] = {p.name: random_value(p, rng) for p in kind.settings()}
    document["train"]["precision"], document["train"]["device"] = rng.choice(["fp32", "bf16"]), "cpu"
    data = rng.choice([spec for spec in CATALOGUES["data"].values() if spec.task != "auto"])
    document["data"] |= {"key": data.key, **{p.name: random_value(p, rng) for p in data.params}}
    if data.kind not in REBUILDABLE:
        document["data"]["predict"] = "target"
    task = task_of(data.key, document["data"])
    if task == "reconstruction":
        document["train"]["fault"] = "none"
    fitting = {
        "model": [s for s in CATALOGUES["model"].values() if data.kind in s.kinds and task in s.tasks],
        "loss": [s for s in CATALOGUES["loss"].values() if task in s.tasks],
    }
    for section in ("model", "loss", "init", "optim", "schedule"):
        spec = rng.choice(fitting.get(section) or list(CATALOGUES[section].values()))
        document[section] |= {"key": spec.key, **{p.name: random_value(p, rng) for p in spec.params}}
    start, model = CATALOGUES["init"][document["init"]["key"]], CATALOGUES["model"][document["model"]["key"]]
    if start.faults(model.key, {**model.defaults(), **document["model"]}):
        document["init"] = {"key": "default"}
    optimizer = CATALOGUES["optim"][document["optim"]["key"]]
    document["transfer"]["layer_decay"] = rng.choice([1.0, 0.5]) if document["optim"]["key"] in ("adam", "sgd") else 1.0
    for section in ("augment", "regularise"):
        suiting = [s for s in CATALOGUES[section].values() if data.kind in s.kinds and task in s.tasks]
        if section == "regularise":
            suiting = [s for s in suiting if not s.averages and not s.on_weights]
        for spec in rng.sample(suiting, min(2, len(suiting))):
            document[section][spec.key] = {p.name: random_value(p, rng) for p in spec.params}
    if optimizer.needs_graph:
        document["train"]["compile"] = False
    if optimizer.fixed:
        document["schedule"] = {"key": "constant"}
    own = document["optim"].get("momentum", document["optim"].get("beta1")) or 0.0
    lowest = document["schedule"].get("cycle_momentum")
    if lowest is not None:
        document["schedule"]["cycle_momentum"] = own / 2 if own > 0 else None
    return document


@pytest.mark.parametrize(
    ("batch_size", "rows", "steps"), [(32, 64, 2), (32, 66, 3), (32, 65, 2), (1, 5, 5), (64, 20, 1)]
)
def test_a_last_batch_of_one_row_is_no_step(batch_size: int, rows: int, steps: int) -> None:
    part = codec.parse_recipe({"train": {"batch_size": batch_size, "epochs": 3}}).train
    assert part.steps_per_epoch(rows) == steps
    assert part.total_steps(rows) == 3 * steps
    assert codec.parse_recipe({"train": {"steps": 7}}).train.total_steps(rows) == 7


def test_nothing_given_is_a_whole_recipe() -> None:
    recipe = codec.parse_recipe({})
    assert recipe.data.key == "digits"
    assert recipe.loss.key == "cross_entropy"
    assert set(codec.to_document(recipe)) == {"format", "name", "seed", *PARTS}


@pytest.mark.parametrize("seed", range(60))
def test_random_recipes_survive_json_and_yaml(seed: int) -> None:
    rng = random.Random(seed)
    document = random_document(rng)
    recipe = codec.parse_recipe(document)
    assert codec.parse_recipe(codec.to_document(recipe)) == recipe
    assert codec.from_text(codec.to_json(recipe)) == recipe
    assert codec.from_text(codec.to_yaml(recipe)) == recipe
    assert json.loads(codec.to_json(recipe)) == codec.to_document(recipe)
    assert hash(codec.from_text(codec.to_yaml(recipe))) == hash(recipe)


def test_every_fault_is_named_at_once() -> None:
    found = faults_of(
        {
            "seed": -1,
            "optim": {"key": "adamm", "lr": 1},
            "model": {"key": "mlp", "depth": 0, "widht": 8},
            "train": {"epochs": 0, "batch_size": "many", "shuffle": "perhaps"},
            "clip": {"mode": "nrom", "limit": 0},
            "modle": {},
        }
    )
    assert set(found) == {
        "seed", "optim.key", "model.depth", "model.widht", "train.epochs", "train.batch_size", "train.shuffle",
        "clip.mode", "clip.limit", "modle",
    }  # fmt: skip
    assert "did you mean 'adam'" in found["optim.key"] or "did you mean 'adamw'" in found["optim.key"]
    assert "did you mean 'width'" in found["model.widht"]
    assert "did you mean 'norm'" in found["clip.mode"]
    assert "did you mean 'model'" in found["modle"]
    assert "of at least 1" in found["train.epochs"]
    assert "'many'" in found["train.batch_size"]
    assert "above 0" in found["clip.limit"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "nan", "inf", True, [], {}, "1e999"])
def test_a_learning_rate_must_be_a_finite_number(value: object) -> None:
    assert "optim.lr" in faults_of({"optim": {"lr": value}})


@pytest.mark.parametrize("value", [None, "", "none"])
def test_a_required_number_may_not_be_empty(value: object) -> None:
    assert "is empty" in faults_of({"train": {"epochs": value}})["train.epochs"]
    assert codec.parse_recipe({"train": {"patience": value}}).train.patience is None


def test_numbers_are_read_from_text_and_whole_ones_stay_whole() -> None:
    recipe = codec.parse_recipe({"train": {"epochs": "7"}, "optim": {"lr": "1e-2"}})
    assert recipe.train.epochs == 7
    assert isinstance(recipe.train.epochs, int)
    assert recipe.optim.lr == 0.01
    assert "train.epochs" in faults_of({"train": {"epochs": 2.5}})


@pytest.mark.parametrize("document", [None, [], "text", 3, [("seed", 1)]])
def test_what_is_not_a_table_is_refused(document: object) -> None:
    assert "table of sections" in faults_of(document)[""]


def test_a_section_must_be_a_table() -> None:
    assert "table of settings" in faults_of({"optim": "adam"})["optim"]


def test_another_format_is_refused() -> None:
    assert "format 1" in faults_of({"format": 2})["format"]


def test_the_loss_follows_the_task() -> None:
    assert codec.parse_recipe({"data": {"key": "diabetes"}}).loss.key == "mse"
    assert "does not fit" in faults_of({"data": {"key": "diabetes"}, "loss": {"key": "cross_entropy"}})["loss.key"]


def test_what_cycled_momentum_asks_for() -> None:
    cycled = {"schedule": {"key": "one_cycle", "cycle_momentum": 0.85}}
    assert codec.parse_recipe(cycled).schedule.cycle_momentum == 0.85
    assert "no momentum" in faults_of({**cycled, "optim": {"key": "sgd"}})["schedule.cycle_momentum"]
    low = {**cycled, "optim": {"key": "momentum", "momentum": 0.8}}
    assert "is 0.85, not below the optimizer's own 0.8; give less" in faults_of(low)["schedule.cycle_momentum"]


def test_texts_that_a_schedule_reads_are_checked_and_put_in_order() -> None:
    drawn = codec.parse_recipe({"schedule": {"key": "custom", "points": "0:1,1 : .1"}})
    assert drawn.schedule.params["points"] == "0:1, 1:0.1"
    assert codec.from_text(codec.to_yaml(drawn)) == drawn
    assert "such as" in faults_of({"schedule": {"key": "custom", "points": "0:1, x"}})["schedule.points"]
    assert (
        codec.parse_recipe({"schedule": {"key": "multistep", "milestones": 0.5}}).schedule.params["milestones"] == "0.5"
    )


def test_a_model_that_cannot_read_the_data_is_a_fault_that_names_those_that_can() -> None:
    message = faults_of({"data": {"key": "diabetes"}, "model": {"key": "cnn"}})["model.key"]
    assert "choose one of" in message
    assert "mlp" in message


def test_amp_needs_cuda() -> None:
    assert "bf16 or fp32" in faults_of({"train": {"precision": "amp", "device": "cpu"}})["train.precision"]


def test_a_name_is_one_plain_line() -> None:
    recipe = codec.parse_recipe({"name": "  <script>alert(1)</script>\n\t x " + "y" * 300})
    assert "<" not in recipe.name
    assert "\n" not in recipe.name
    assert len(recipe.name) <= 120
    assert codec.parse_recipe({"name": " \n"}).name == "Untitled"


def test_changes_replace_dotted_settings_and_leave_the_original() -> None:
    recipe = codec.parse_recipe({})
    changed = codec.with_changes(recipe, {"optim.lr": 0.5, "model.depth": 7, "seed": 3})
    assert (changed.optim.lr, changed.model.params["depth"], changed.seed) == (0.5, 7, 3)
    assert (recipe.optim.lr, recipe.seed) == (0.001, 0)


def test_a_change_of_entry_drops_its_parameters_and_keeps_the_sections_own() -> None:
    recipe = codec.parse_recipe({"optim": {"key": "momentum", "momentum": 0.5, "lr": 0.3}})
    changed = codec.with_changes(recipe, {"optim.beta1": 0.8, "optim.key": "adam"})
    assert "momentum" not in changed.optim.params
    assert (changed.optim.params["beta1"], changed.optim.lr) == (0.8, 0.3)


def test_a_change_of_data_takes_the_loss_of_its_task() -> None:
    assert codec.with_changes(codec.parse_recipe({}), {"data.key": "diabetes"}).loss.key == "mse"


@pytest.mark.parametrize(
    "changes", [{"optim.lr": "fast"}, {"optim.speed": 1}, {"nothing.at": 1}, {"seed.deep": 1}, {"optim.key": "nope"}]
)
def test_bad_changes_are_faults(changes: dict[str, object]) -> None:
    with pytest.raises(RecipeError):
        codec.with_changes(codec.parse_recipe({}), changes)


def test_assignments() -> None:
    assert codec.parse_assignments(["optim.lr = 0.1", "name=a=b"]) == {"optim.lr": "0.1", "name": "a=b"}
    for wrong in ("optim.lr", "=3"):
        with pytest.raises(BadInput, match=r"section\.name=value"):
            codec.parse_assignments([wrong])


def test_parameters_are_read_only() -> None:
    params = codec.parse_recipe({}).optim.params
    for attempt in (
        lambda: params.update(lr=1),
        lambda: params.__setitem__("lr", 1),
        lambda: params.pop("beta1"),
        lambda: params.clear(),
        lambda: params.setdefault("x", 1),
    ):
        with pytest.raises(TypeError, match="with_changes"):
            attempt()
    assert Params({"a": 1}) == {"a": 1}


# ---- hostile and broken texts ----------------------------------------------------------------------------------

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)


def test_an_alias_bomb_is_refused_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(BadInput, match="neither valid JSON nor YAML"):
        codec.from_text(BOMB)
    assert time.monotonic() - begun < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "optim: {lr: 0.1",
        "optim:\n\t- x: [",
        "{not json",
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system",
        "\x00",
        "[" * 5000,
        "{" * 5000,
        "x: " + "[" * 3000,
        "? [a]\n: b",
    ],
)
def test_broken_text_is_a_sentence(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        codec.from_text(text)
    assert len(str(caught.value)) < 400


def test_text_that_is_too_long_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(BadInput, match="100,000"):
        codec.from_text("a: 1\n" * 30_000)


@pytest.mark.parametrize("text", ["", "   \n", "# nothing\n"])
def test_empty_text_is_not_a_recipe(text: str) -> None:
    with pytest.raises(BadInput):
        codec.from_text(text)


@pytest.mark.parametrize("word", ["none", "None", "~", "null", '"none"', ""])
def test_yaml_words_for_no_clipping_all_mean_none(word: str) -> None:
    assert codec.from_text(f"clip: {{mode: {word}}}").clip.mode == "none"


def test_yaml_keys_and_values_of_any_type_never_crash() -> None:
    rng = random.Random(5)
    scalars: list[Any] = [None, True, -1, 2**70, 1.5, math.nan, "x", "", [], {}, [1], {"a": 1}, "2020-01-01", b"x"]
    for _ in range(400):
        document = {
            rng.choice([*PARTS, "name", "seed", 3, None, True, "x"]): rng.choice(
                [*scalars, {rng.choice(["key", "lr", "epochs", 1, None, "limit"]): rng.choice(scalars)}]
            )
            for _ in range(rng.randrange(4))
        }
        with contextlib.suppress(RecipeError):
            assert isinstance(codec.parse_recipe(document), Recipe)
        with contextlib.suppress(BadInput):
            assert isinstance(codec.from_text(yaml.safe_dump(document)), Recipe)
