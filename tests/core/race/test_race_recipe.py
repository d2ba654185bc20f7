"""A race's document: every fault at once, round trips as text and as a link."""

from __future__ import annotations

import pytest
from races_for_tests import LANES, document

from core.errors import BadInput, RecipeError
from core.race.links import from_link, to_link
from core.race.presets import RACES
from core.race.recipe import from_text, parse_race, to_yaml


@pytest.mark.parametrize("key", RACES)
def test_every_preset_is_a_valid_race_and_survives_text_and_link(key: str) -> None:
    race = parse_race(RACES[key].document)
    assert parse_race(race.document()) == race
    assert from_text(to_yaml(race)) == race
    assert from_link(to_link(race)) == race
    assert len(to_link(race)) < 1_500


def test_all_faults_are_told_at_once() -> None:
    lanes = [
        {"name": "a", "changes": {"optim.key": "adam"}, "speed": 3},
        {"name": "b", "changes": {"optim": {"lr": 0.1}, "lr": 3}},
    ]
    with pytest.raises(RecipeError) as error:
        parse_race({**document(lanes), "seeds": 99, "seed": 1, "base": {"data": {"key": "digitz"}}})
    said = str(error.value)
    assert said.startswith("The race has")
    for part in ("seeds: is 99", "seed: unknown section", "base.data.key", "lane 1.speed", "lane 2.changes"):
        assert part in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 3}, "is not section.name"),
        ({"data.key": "wine"}, "which all lanes share"),
        ({"train.epochs": 3}, "which all lanes share"),
        ({"optim.key": "adamm"}, "did you mean 'adam"),
        ({"optim.lr": -1}, "of at least 0"),
    ],
)
def test_what_a_lane_may_not_change(changes: dict[str, object], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        parse_race(document([*LANES, {"name": "bad", "changes": changes}]))


def test_a_race_needs_two_lanes_with_names_of_their_own() -> None:
    with pytest.raises(RecipeError, match="2 to 8 lanes, but 1 are given"):
        parse_race(document(LANES[:1]))
    with pytest.raises(RecipeError, match="'SGD' stands twice"):
        parse_race(document([LANES[0], LANES[0]]))


def test_a_lane_takes_its_optimizers_usual_rate_and_no_early_stopping() -> None:
    race = parse_race(
        document([{"name": "m", "changes": {"optim.key": "momentum"}}, LANES[1]], {"train": {"patience": 3}})
    )
    assert race.recipe(race.lanes[0]).optim.lr == 0.02
    assert race.recipe(race.lanes[0]).train.patience is None


def test_losses_are_not_compared_across_different_losses() -> None:
    lanes = [*LANES, {"name": "smooth", "changes": {"loss.label_smoothing": 0.1}}]
    assert len(parse_race(document(lanes)).lanes) == 3
    with pytest.raises(RecipeError, match="set score to metric"):
        parse_race(document(lanes, score="loss"))


def test_scores_of_classes_are_for_classifications() -> None:
    for score in ("f1", "balanced_accuracy"):
        assert parse_race(document(score=score)).score == score
        with pytest.raises(RecipeError, match="has no classes"):
            parse_race(document(base={"data": {"key": "diabetes"}, "loss": {"key": "mse"}}, score=score))


@pytest.mark.parametrize("text", ["", "garbage!", "eJwDAAAAAAE", to_link(parse_race(document()))[:-9]])
def test_a_broken_link_is_said_in_words(text: str) -> None:
    with pytest.raises(BadInput, match="does not hold a whole race"):
        from_link(text)
