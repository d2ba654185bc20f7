"""Ready-made scenes for teaching, each with what to look for. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.surfaces.scene import Scene, lane, scene


@dataclass(frozen=True)
class Lesson:
    """A scene with its title and a sentence on what to look for."""

    key: str
    label: str
    look_for: str
    scene: Scene


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "momentum",
        "Momentum on an ill-conditioned valley",
        "All three have the same learning rate: SGD crawls along the floor, momentum adds up the small slope and arrives "
        "far sooner, and Nesterov swings less on the way.",
        scene(
            "quadratic", lane("sgd", 0.01), lane("momentum", 0.01), lane("nesterov", 0.01), condition=100.0, steps=150
        ),
    ),
    Lesson(
        "adam_first_step",
        "Why Adam's first step is lr",
        "After one update Adam and Adagrad have moved by exactly lr in both coordinates, however different the slopes are, as m / "
        "sqrt(v) is +1 or -1 there; RMSprop, without bias correction, moved ten times as far.",
        scene(
            "quadratic",
            lane("adam", 0.1),
            lane("adagrad", 0.1),
            lane("rmsprop", 0.1),
            lane("sgd", 0.03),
            condition=50.0,
            steps=60,
        ),
    ),
    Lesson(
        "edge_of_stability",
        "SGD at the edge of stability: lr 2/λ",
        "The largest curvature is 10, so the edge is at lr 0.2: just below, the swing across the valley dies out; at 0.2 it goes on for "
        "ever; just above, it grows until the path leaves the picture.",
        scene(
            "quadratic",
            lane("sgd", 0.19),
            lane("sgd", 0.2),
            lane("sgd", 0.21),
            condition=10.0,
            start=(-2.6, 0.8),
            steps=60,
        ),
    ),
    Lesson(
        "saddle_escape",
        "Escape from a saddle",
        "All start a thousandth beside the ridge: SGD's loss stands at zero, as if converged, until that tiny distance has grown; momentum "
        "and Adam need less than half as long, and RMSprop, which at once divides by the size of the gradient, a few steps.",
        scene(
            "saddle", lane("sgd", 0.05), lane("momentum", 0.05), lane("adam", 0.05), lane("rmsprop", 0.05), steps=120
        ),
    ),
    Lesson(
        "noise_ball",
        "Noise ball: a constant lr never settles",
        "The large learning rate is soon near the minimum and then wanders in a wide ball; the small one comes late and wanders in a "
        "narrow one: that trade is what learning-rate schedules are for.",
        scene("noisy_bowl", lane("sgd", 0.3), lane("sgd", 0.05), lane("sgd", 0.01), steps=400),
    ),
    Lesson(
        "many_minima",
        "Many minima: Rastrigin",
        "From one start they end in different dents: SGD and Adam in the nearest, momentum rolls on into others with the learning rate, and "
        "none finds the lowest one in the middle, for the gradient only tells of the slope underfoot.",
        scene(
            "rastrigin",
            lane("sgd", 0.002),
            lane("momentum", 0.004),
            lane("momentum", 0.006),
            lane("adam", 0.5),
            lane("rmsprop", 0.2),
            start=(3.35, -4.4),
            steps=200,
        ),
    ),
)
BY_KEY = {lesson.key: lesson for lesson in LESSONS}
