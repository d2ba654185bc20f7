"""Questions that need torch, asked of one warm process (core/train/inspector.py), and their answers. No torch here."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from core.data.base import Prepared
from core.diagnosis.case import Case
from core.diagnosis.diagnose import diagnose
from core.errors import BadInput
from core.models.network import Network, read_network
from core.optim.rate_range import RangeTest
from core.recipe.codec import to_document
from core.recipe.parts import ModelPart, Recipe
from core.runtime.inspected import NO_ANSWER, Depth, Preflight
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0
START_SECONDS = 60.0  # more patience for the first answer: a busy machine imports torch slowly
KEPT = 200
T = TypeVar("T")


class Inspector:
    """One warm inspector process, shared by everybody; answers are remembered. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._warm = False
        self._answers: OrderedDict[str, Any] = OrderedDict()

    def warm_up(self) -> None:
        """Start the process if it does not run yet, without waiting for it."""
        with self._lock:
            self._running()

    def ask(
        self, what: str, question: dict[str, Any], read: Callable[[dict[str, Any]], T], key: str | None = None
    ) -> T:
        """The answer to a question of core.train.inspector.QUESTIONS, as `read` makes it of the JSON document.

        It is remembered under `key`, or under the question itself; an empty key remembers nothing.

        Raises:
            BadInput: with what the process says is wrong, or when it takes longer than PATIENCE_SECONDS.
        """
        text = json.dumps({"ask": what, **question}, sort_keys=True, default=str)
        key = text if key is None else key
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
            said = self._say(text, NO_ANSWER[what])
            if "error" in said:
                raise BadInput(said["error"])
            made = read(said["answer"])
            if key:
                self.keep(key, made)
            return made

    def recall(self, key: str) -> Any:
        """What was kept under `key`, or None."""
        return self._answers.get(key)

    def keep(self, key: str, value: Any) -> None:
        """Keep a result that was put together from several answers; the oldest ones go."""
        self._answers[key] = value
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)

    def known(self, recipe: Recipe) -> Preflight | None:
        """The answer of `preflight` if this recipe was asked about before."""
        return self.recall(_key(recipe))

    def preflight(self, recipe: Recipe, uploads: Path) -> Preflight:
        """Inspect and judge `recipe`.

        Raises:
            BadInput: when the model can't be built, or the inspection takes longer than PATIENCE_SECONDS.
        """

        def judge(said: dict[str, Any]) -> Preflight:
            inspection = {k: float("nan") if v is None else v for k, v in said["inspection"].items()}
            case = Case({}, recipe, {**said["facts"], "inspection": inspection}, (), "new")
            return Preflight(diagnose(case), inspection, said["facts"], float(said["seconds"]))

        return self.ask("preflight", {"recipe": to_document(recipe), "uploads": uploads}, judge, key=_key(recipe))

    def depth(self, recipes: Sequence[Recipe], uploads: Path) -> list[Depth]:
        """Signal and gradient over depth of the networks of `recipes`, on their first batch.

        Raises:
            BadInput: when a model can't be built, or they take longer than PATIENCE_SECONDS.
        """

        def read(said: dict[str, Any]) -> list[Depth]:
            def known(values: list[float | None]) -> list[float]:
                return [float("nan") if value is None else value for value in values]

            return [
                Depth(one["layers"], known(one["signal"]), known(one["gradient"]), known([one["loss"]])[0])
                for one in said["networks"]
            ]

        return self.ask("depth", {"recipes": [to_document(one) for one in recipes], "uploads": uploads}, read)

    def trace(self, run: Run, step: int, uploads: Path) -> dict[str, Any]:
        """Repeat `run` up to `step` and find the first tensor that is not finite (core/train/forensics.py).

        Raises:
            BadInput: when it can't be repeated.
            NotAllowed: when the run is somebody else's, since what is found is kept with it.
        """
        run.must_be_own("repeat")
        return self.ask("trace", {"run": run.path, "step": step, "uploads": uploads}, dict, key="")

    def outputs(self, run: Run, checkpoint: Checkpoint, uploads: Path) -> np.ndarray:
        """What the model of a checkpoint puts out for the validation rows, (n, outputs) (core/train/outputs.py).

        Raises:
            BadInput: when the checkpoint can't be used, or it takes longer than PATIENCE_SECONDS.
        """

        def read(said: dict[str, Any]) -> np.ndarray:
            return np.frombuffer(base64.b64decode(said["outputs"]), "<f4").reshape(said["shape"])

        question = {"run": run.path, "step": checkpoint.step, "uploads": uploads}
        return self.ask("outputs", question, read, key=f"outputs {run.path} {checkpoint.step} {checkpoint.state_hash}")

    def keep_weights(self, run: Run, step: int, home: Path) -> str:
        """Keep the weights of a checkpoint to start other runs from (core/train/transfer/start.py); returns their name.

        Raises:
            BadInput: when they can't be read, or it takes longer than PATIENCE_SECONDS.
            NotAllowed: when the run is somebody else's.
        """
        run.must_be_own("keep the weights of")
        question = {"run": run.path, "step": step, "uploads": home}
        return self.ask("keep_weights", question, lambda said: str(said["name"]), key="")

    def augmented(self, recipe: Recipe, uploads: Path, rows: list[int], epochs: int) -> np.ndarray:
        """Training rows as each of the first epochs varies them, (epochs, rows, ...) (core/train/augment/of_recipe.py).

        Raises:
            BadInput: when they can't be made, or it takes longer than PATIENCE_SECONDS.
        """

        def read(said: dict[str, Any]) -> np.ndarray:
            return np.frombuffer(base64.b64decode(said["values"]), said["type"]).reshape(said["shape"])

        question = {"recipe": to_document(recipe), "uploads": uploads, "rows": rows, "epochs": epochs}
        key = f"augmented {rows} {epochs}" + _without(
            recipe, "name", "schedule", "record", "optim", "clip", "model", "loss"
        )
        return self.ask("augmented", question, read, key=key)

    def robustness(self, run: Run, checkpoint: Checkpoint, uploads: Path) -> dict[str, Any]:
        """The accuracy of a checkpoint under attacks (core/train/robustness.py).

        Raises:
            BadInput: when it can't be attacked, or it takes longer than PATIENCE_SECONDS.
            NotAllowed: when the run is only shown, and its owner has not asked this.
        """
        question = {"run": run.path, "step": checkpoint.step, "uploads": uploads}
        key = f"robustness {run.path} {checkpoint.step} {checkpoint.state_hash}"
        if self.recall(key) is None:
            run.must_not_cost()
        return self.ask("robustness", question, dict, key=key)

    def find_rate(self, recipe: Recipe, uploads: Path) -> RangeTest:
        """The learning-rate range test of `recipe` (core/train/rate_finder.py).

        Raises:
            BadInput: when the model can't be built, or it takes longer than PATIENCE_SECONDS.
        """
        question = {"recipe": to_document(recipe), "uploads": uploads}
        return self.ask("find_rate", question, lambda said: RangeTest(**said), key=rate_key(recipe))

    def known_network(self, question: dict[str, Any]) -> Network | None:
        """The answer of `network` if it was asked before."""
        return self.recall(_network_key(question))

    def network(self, question: dict[str, Any]) -> Network:
        """The layers of a network, see `network_question`.

        Raises:
            BadInput: when it can't be built, or that takes longer than PATIENCE_SECONDS.
        """
        return self.ask("network", question, read_network, key=_network_key(question))

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._warm = False
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.train.inspector"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                text=True,
            )
        return self._process

    def _say(self, question: str, without_answer: str) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        patience = PATIENCE_SECONDS if self._warm else PATIENCE_SECONDS + START_SECONDS
        slow = threading.Timer(patience, process.kill)  # its end of file frees the reader below
        slow.start()
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            slow.cancel()
        if not line:
            self._process = None
            raise BadInput(without_answer)
        self._warm = True
        return dict(json.loads(line))


def network_question(model: ModelPart, data: Prepared) -> dict[str, Any]:
    """What the layers of a network depend on: the model's settings, and the kind and shape of a sample."""
    return {
        "model": model.key,
        "params": dict(model.params),
        "kind": data.kind,
        "shape": list(data.input_shape),
        "vocabulary": len(data.vocabulary),
        "outputs": data.outputs,
    }


def _network_key(question: dict[str, Any]) -> str:
    return "network" + json.dumps(question, sort_keys=True)


def _key(recipe: Recipe) -> str:
    return _without(recipe, "name", "schedule", "record", "optim", "clip")  # what the first batch does not depend on


def rate_key(recipe: Recipe) -> str:
    """What the range test depends on, as text: not the recipe's own learning rate, for one."""
    return "find_rate" + _without(recipe, "name", "schedule", "record", "optim.lr")


def _without(recipe: Recipe, *left_out: str) -> str:
    document = to_document(recipe)
    for path in left_out:
        part, _, name = path.partition(".")
        if name:
            document[part] = {key: value for key, value in document[part].items() if key != name}
        else:
            document.pop(part, None)
    return json.dumps(document, sort_keys=True, default=str)
