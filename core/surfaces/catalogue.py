"""The loss surfaces to choose from: functions of two coordinates whose minima are known. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Catalogue, Param, ParamValue, Spec

Point = tuple[float, float]
NOISE = "noise"  # the parameter that is no part of the function, but the spread of what is added to its gradient


@dataclass(frozen=True, kw_only=True)
class SurfaceSpec(Spec):
    """A surface. `build(x, y, **shape)` returns its height for arrays or tensors x and y.

    `formula` is LaTeX. `domain` is the part that is shown: (left, right, bottom, top). `minima` are the places of the
    lowest values, `lowest` that value, None where there is none. `steps` is how many a first look needs. `logarithmic`
    asks for contour lines at equal ratios of the height above the lowest value. `lanes` are optimizers and learning rates
    for a first look.
    """

    formula: str
    domain: tuple[float, float, float, float]
    start: Point
    minima: tuple[Point, ...] = ()
    lowest: float | None = 0.0
    steps: int = 150
    logarithmic: bool = True
    lanes: tuple[tuple[str, float], ...] = (("sgd", 0.03), ("momentum", 0.03), ("adam", 0.1))

    def shape(self, params: dict[str, ParamValue]) -> dict[str, ParamValue]:
        """The parameters that `build` takes: all but the noise."""
        return {name: value for name, value in params.items() if name != NOISE}


def _condition(default: float, text: str) -> Param:
    return Param("condition", default, "Condition number", text, minimum=1, maximum=1000, log=True)


SURFACES: Catalogue[SurfaceSpec] = Catalogue(
    "surface",
    (
        SurfaceSpec(
            key="quadratic",
            label="Quadratic valley",
            summary="A straight valley: steep across, gentle along.",
            article="Every smooth minimum looks like this from near by. Plain gradient descent is stable only while lr < 2 / "
            "lambda, where lambda is the largest curvature, here the condition number; along the floor it then needs about as "
            "many steps as the condition number. Momentum needs about its square root. Polyak 1964; Nocedal and Wright 2006.",
            formula=r"f = \tfrac12\,(u^2 + \kappa\, v^2), \quad (u, v) = R_\alpha\,(x, y)",
            build="core.surfaces.functions:quadratic",
            domain=(-3.0, 3.0, -2.0, 2.0),
            start=(-2.6, 1.2),
            minima=((0.0, 0.0),),
            params=(
                _condition(20.0, "The curvature across the valley; along its floor the curvature is 1."),
                Param("angle", 0.0, "Angle", "By how much the valley is turned.", minimum=-90, maximum=90, unit="°"),
            ),
        ),
        SurfaceSpec(
            key="rosenbrock",
            label="Rosenbrock",
            summary="A bent, narrow valley: easy to find, slow to follow.",
            article="The floor of the valley is the parabola y = x^2. Steps across are huge, progress along it is tiny, and its "
            "direction keeps changing, so that momentum has to turn. Rosenbrock 1960.",
            formula=r"f = (1 - x)^2 + b\,(y - x^2)^2",
            build="core.surfaces.functions:rosenbrock",
            domain=(-2.0, 2.0, -1.0, 3.0),
            start=(-1.5, 2.2),
            lanes=(("sgd", 0.0008), ("momentum", 0.0004), ("adam", 0.05)),
            minima=((1.0, 1.0),),
            steps=300,
            params=(
                Param("steepness", 100.0, "Steepness b", "How steep the walls are.", minimum=1, maximum=1000, log=True),
            ),
        ),
        SurfaceSpec(
            key="beale",
            label="Beale",
            summary="A flat plain between sharp peaks at the corners.",
            article="Gradients differ by many powers of ten between the corners and the plain. What is safe at the corners "
            "crawls on the plain; methods that divide by the size of the gradient do not mind. Beale 1958.",
            formula=r"f = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
            build="core.surfaces.functions:beale",
            domain=(-4.5, 4.5, -4.5, 4.5),
            start=(1.0, 1.6),
            lanes=(("sgd", 0.005), ("momentum", 0.002), ("adam", 0.05)),
            minima=((3.0, 0.5),),
            steps=300,
        ),
        SurfaceSpec(
            key="himmelblau",
            label="Himmelblau",
            summary="Four equally good minima; the start decides which one is found.",
            article="All four minima are zero. Between them lie saddles, and paths that begin close to each other can part there. "
            "Momentum may carry a path past the nearest minimum into another. Himmelblau 1972.",
            formula=r"f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
            build="core.surfaces.functions:himmelblau",
            domain=(-5.0, 5.0, -5.0, 5.0),
            start=(-0.5, -1.0),
            lanes=(("sgd", 0.01), ("momentum", 0.005), ("adam", 0.2)),
            minima=(
                (3.0, 2.0),
                (-2.805118086952745, 3.131312518250573),
                (-3.779310253377747, -3.283185991286170),
                (3.584428340330492, -1.848126526964404),
            ),
        ),
        SurfaceSpec(
            key="saddle",
            label="Saddle",
            summary="Flat in the middle, and lower to some sides: no minimum at all.",
            article="At the middle the gradient is zero though it is no minimum. Gradient descent leaves it only as fast as its "
            "tiny distance from the ridge grows; methods that divide by the size of the gradient leave at once. In networks "
            "saddles are far more common than poor minima. Dauphin et al. 2014.",
            formula=r"f = x^2 - y^2 \quad\text{or}\quad x^3 - 3\,x\,y^2",
            build="core.surfaces.functions:saddle",
            domain=(-2.0, 2.0, -2.0, 2.0),
            start=(1.7, 0.001),
            lanes=(("sgd", 0.05), ("momentum", 0.05), ("adam", 0.05)),
            lowest=None,
            steps=100,
            logarithmic=False,
            params=(
                Param(
                    "shape",
                    "two ways down",
                    "Shape",
                    "x^2 - y^2, or the monkey saddle x^3 - 3 x y^2.",
                    choices=("two ways down", "three ways down"),
                ),
            ),
        ),
        SurfaceSpec(
            key="noisy_bowl",
            label="Noisy bowl",
            summary="A bowl whose gradient is only known with noise, as from a small batch.",
            article="To each gradient comes a normal draw, the same one for all optimizers. With a constant learning rate the path "
            "never settles: near the minimum it wanders in a ball whose radius grows with the square root of lr times the noise. "
            "A learning rate that shrinks like 1/t settles. Robbins and Monro 1951; Bottou, Curtis and Nocedal 2018.",
            formula=r"f = \tfrac12\,(x^2 + \kappa\,y^2), \quad g = \nabla f + \sigma\,\varepsilon, \quad "
            r"\varepsilon \sim \mathcal N(0, I)",
            build="core.surfaces.functions:bowl",
            domain=(-3.0, 3.0, -2.0, 2.0),
            start=(-2.6, 1.6),
            lanes=(("sgd", 0.1), ("momentum", 0.05), ("adam", 0.1)),
            minima=((0.0, 0.0),),
            steps=200,
            logarithmic=False,
            params=(
                Param(
                    NOISE,
                    1.0,
                    "Noise",
                    "Standard deviation of what is added to each coordinate of the gradient.",
                    minimum=0,
                    maximum=100,
                ),
                _condition(1.0, "The curvature along y; along x the curvature is 1."),
            ),
        ),
        SurfaceSpec(
            key="rastrigin",
            label="Rastrigin",
            summary="A bowl full of dents: many minima, one of them the lowest.",
            article="Near each pair of whole numbers lies a minimum, and the gradient says nothing of the lowest one. Where a path "
            "ends is a matter of the start, the size of the steps and luck. Rastrigin 1974.",
            formula=r"f = x^2 + y^2 + A\,\bigl(2 - \cos 2\pi x - \cos 2\pi y\bigr)",
            build="core.surfaces.functions:rastrigin",
            domain=(-5.12, 5.12, -5.12, 5.12),
            start=(3.3, -2.6),
            lanes=(("sgd", 0.002), ("momentum", 0.004), ("adam", 0.3)),
            minima=((0.0, 0.0),),
            logarithmic=False,
            params=(
                Param("amplitude", 10.0, "Depth of the dents A", "Zero is a smooth bowl.", minimum=0, maximum=100),
            ),
        ),
    ),
)
