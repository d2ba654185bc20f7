"""A scene of the theatre: a surface, a start and some optimizers; checked, and written into an address and back. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import BadInput, UnknownKey, suggestion
from core.optim.catalogue import OPTIMIZERS
from core.recipe.base import Params
from core.recipe.parts import OptimPart
from core.registry import Param, ParamValue, Spec
from core.surfaces.catalogue import NOISE, SURFACES, Point, SurfaceSpec

MAX_LANES = 6
REACH = 1000.0
STEPS = Param("steps", 150, "Steps", "How many updates each optimizer makes.", minimum=1, maximum=500)
SEED = Param("seed", 0, "Seed of the noise", "Another seed, another noise.", minimum=0, maximum=2**31 - 1)
COORDINATE = Param("start", 0.0, "Start", "Where all optimizers begin.", minimum=-REACH, maximum=REACH)
LR, WEIGHT_DECAY = (param for param in OptimPart.settings() if param.name in ("lr", "weight_decay"))


@dataclass(frozen=True)
class Lane:
    """One optimizer with its settings."""

    optimizer: str
    lr: float
    weight_decay: float = 0.0
    params: Params = field(default_factory=Params)

    @property
    def label(self) -> str:
        """The optimizer with its learning rate and what differs from its defaults: "Adam, lr 0.1, beta1 0.5"."""
        spec = OPTIMIZERS[self.optimizer]
        unusual = [f"{name} {text(value)}" for name, value in self.params.items() if value != spec.defaults()[name]]
        decay = [f"weight decay {self.weight_decay:g}"] if self.weight_decay else []
        return ", ".join([spec.label, f"lr {self.lr:g}", *decay, *unusual])


@dataclass(frozen=True)
class Scene:
    """What is on stage: every lane makes `steps` updates from `start`, with the same noise of `seed`."""

    surface: str
    params: Params
    start: Point
    steps: int
    seed: int
    lanes: tuple[Lane, ...]

    @property
    def spec(self) -> SurfaceSpec:
        """The surface."""
        return SURFACES[self.surface]

    @property
    def noise(self) -> float:
        """Standard deviation of what is added to each coordinate of the gradient."""
        return float(self.params.get(NOISE) or 0.0)

    def query(self) -> dict[str, str]:
        """The scene as the query parameters of an address: `parse_scene(scene.query()) == scene`."""
        return {
            "surface": _entry(self.surface, self.params),
            "start": ",".join(map(text, self.start)),
            "steps": str(self.steps),
            **({"seed": str(self.seed)} if self.noise else {}),
            "lanes": ";".join(
                _entry(lane.optimizer, {"lr": lane.lr, "weight_decay": lane.weight_decay} | lane.params, LANE_DEFAULTS)
                for lane in self.lanes
            ),
        }


LANE_DEFAULTS = {"weight_decay": 0.0}
NAMES = ("surface", "start", "steps", "seed", "lanes")


def lane(optimizer: str, lr: float | None = None, weight_decay: float = 0.0, **params: ParamValue) -> Lane:
    """A lane; what is not given takes the catalogue's default."""
    spec = OPTIMIZERS[optimizer]
    return Lane(optimizer, spec.suggested_lr if lr is None else lr, weight_decay, Params(spec.defaults() | params))


def scene(
    surface: str,
    *lanes: Lane,
    start: Point | None = None,
    steps: int | None = None,
    seed: int = 0,
    **params: ParamValue,
) -> Scene:
    """A scene; what is not given takes the surface's default."""
    spec = SURFACES[surface]
    return Scene(surface, Params(spec.defaults() | params), start or spec.start, steps or spec.steps, seed, lanes)


def first_lanes(spec: SurfaceSpec) -> tuple[Lane, ...]:
    """The optimizers for a first look at a surface."""
    return tuple(lane(optimizer, lr) for optimizer, lr in spec.lanes)


def first_lr(spec: SurfaceSpec, optimizer: str) -> float:
    """A learning rate to begin with on a surface: that of its own lane, or of the one most like it.

    Surfaces are not networks: gradients differ, so what suits small networks is kept only for methods that find their pace
    by themselves (a suggested rate above 0.5).
    """
    known, chosen = dict(spec.lanes), OPTIMIZERS[optimizer]
    if optimizer in known:
        return known[optimizer]
    return chosen.suggested_lr if chosen.suggested_lr > 0.5 else known["adam" if chosen.adaptive else "momentum"]


def parse_scene(given: Mapping[str, str]) -> Scene:
    """The scene that query parameters describe; what is missing takes its default.

    Raises:
        BadInput: with every fault found, in one sentence each.
    """
    faults: list[str] = []
    key, values = _split(given.get("surface") or "quadratic")
    if key not in SURFACES:
        raise BadInput(f"The surface is {key[:40]!r}{suggestion(key, SURFACES)}.")
    spec = SURFACES[key]
    params = _params(spec, spec.params, values, faults)
    start = _start(given.get("start", ""), spec, faults)
    steps = _value(STEPS, given.get("steps") or spec.steps, "The number of steps", faults)
    seed = _value(SEED, given.get("seed") or SEED.default, "The seed", faults)
    written = [part for part in given.get("lanes", "").split(";") if part.strip()]
    if len(written) > MAX_LANES:
        faults.append(f"{len(written)} optimizers were given, and {MAX_LANES} can run at once; remove some.")
    lanes = [found for part in written[:MAX_LANES] if (found := _lane(part, faults))]
    if faults:
        raise BadInput(" ".join(faults))
    return Scene(key, params, start, int(steps), int(seed), tuple(lanes) or first_lanes(spec))


def _start(written: str, spec: SurfaceSpec, faults: list[str]) -> Point:
    if not written:
        return spec.start
    parts = written.split(",")
    if len(parts) != 2:
        faults.append(f"The start is {written[:40]!r}; give two numbers, as in -1.5,2.")
        return spec.start
    x, y = (_value(COORDINATE, part, f"The start's {axis}", faults) for axis, part in zip("xy", parts, strict=True))
    return float(x), float(y)


def _lane(written: str, faults: list[str]) -> Lane | None:
    key, values = _split(written)
    try:
        spec = OPTIMIZERS[key]
    except UnknownKey as error:
        faults.append(str(error))
        return None
    values.setdefault("lr", text(spec.suggested_lr))
    found = _params(spec, (LR, WEIGHT_DECAY, *spec.params), values, faults)
    params = {name: value for name, value in found.items() if name not in ("lr", "weight_decay")}
    return Lane(key, float(found["lr"] or 0.0), float(found["weight_decay"] or 0.0), Params(params))


def _params(spec: Spec, params: tuple[Param, ...], values: Mapping[str, str], faults: list[str]) -> Params:
    known = [param.name for param in params]
    for name in values:
        if name not in known:
            allowed = suggestion(name, known) if known else "; it has none"
            faults.append(f"{spec.label} has no setting {name[:40]!r}{allowed}.")
    return Params({p.name: _value(p, values.get(p.name, p.default), f"{spec.label}: {p.name}", faults) for p in params})


def _value(param: Param, given: object, what: str, faults: list[str]) -> Any:
    try:
        return param.parse(given)
    except ValueError as error:
        faults.append(f"{what} {error}.")
        return param.default


def text(value: ParamValue) -> str:
    """A value as it stands in an address."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value).lower() if value is None else str(value)


def _entry(key: str, values: Mapping[str, ParamValue], defaults: Mapping[str, ParamValue] | None = None) -> str:
    left_out = {**(SURFACES[key].defaults() if key in SURFACES else OPTIMIZERS[key].defaults()), **(defaults or {})}
    told = ",".join(
        f"{name}={text(value)}" for name, value in values.items() if name not in left_out or left_out[name] != value
    )
    return f"{key}:{told}" if told else key


def _split(written: str) -> tuple[str, dict[str, str]]:
    key, _, rest = written.strip().partition(":")
    pairs = (part.partition("=") for part in rest.split(",") if part.strip())
    return key.strip(), {name.strip(): value.strip() for name, _, value in pairs}
