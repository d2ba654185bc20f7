"""What the gradients of influence leave out of a training, and rows that are no rows of the data: said beside the answer. No torch."""

from __future__ import annotations

from core.data.balance.catalogue import BALANCES
from core.data.base import Prepared
from core.recipe.parts import Recipe
from core.train.augment.catalogue import AUGMENTATIONS
from core.train.regularise.catalogue import REGULARISATIONS


def cautions(recipe: Recipe, data: Prepared) -> tuple[str, ...]:
    """Sentences on all that moved the weights of `recipe` and is in no gradient here; none for plain training.

    A row's gradient is that of its own mean loss, of the row as it is, taken once for each pass over the rows.
    """
    found = [*_about_rows(recipe, data)]
    if recipe.augment.entries:
        labels = listed([AUGMENTATIONS[key].label for key in recipe.augment.entries])
        found.append(
            f"Training saw the rows changed ({labels}), but the gradients here are of the rows as they are: what a changed row "
            "taught is not counted."
        )
    penalties = [key for key in recipe.regularise.entries if not REGULARISATIONS[key].averages]
    if penalties:
        labels = listed([REGULARISATIONS[key].label for key in penalties])
        found.append(
            f"{labels} moved the weights too, and {'are' if len(penalties) > 1 else 'is'} in none of these gradients, which are "
            "of the loss alone."
        )
    if recipe.loss.reduction == "sum":
        found.append(
            f"Each step took the sum over its batch (loss.reduction), {recipe.train.batch_size} times the mean that is meant here: "
            "read the order of the rows, not the size of the numbers."
        )
    return tuple(found)


def made_rows(data: Prepared) -> int:
    """How many training rows a balance has made up."""
    return 0 if data.made_up is None else int(data.made_up.sum())


def listed(names: list[str]) -> str:
    """Names in a row: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _about_rows(recipe: Recipe, data: Prepared) -> list[str]:
    balance, made = BALANCES[recipe.balance.key], made_rows(data)
    if balance.makes_up:
        return [
            f"{balance.label} made up {made:,} of the {len(data.y_train):,} training rows: where one of these is named, nobody ever "
            "observed it, and it speaks for the rows that it lies between."
        ] * (made > 0)
    if recipe.balance.key == "oversample":
        return [
            "Oversample put rows of the smaller classes into training several times: each copy is a row of its own here, so one "
            "row's influence is spread over its copies."
        ]
    if balance.acts == "batches":
        return [
            f"{balance.label} showed rows of the smaller classes several times in a pass and others less often, but here every row "
            "counts as seen once a pass: rows of the smaller classes weighed more than is said."
        ]
    if balance.acts == "rows":
        return [f"{balance.label} left rows out of training: only the rows that were kept can be named."]
    return []
