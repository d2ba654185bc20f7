"""Schedules written down as a text: milestones, and points to go through. Reading the text, and the factors."""

from __future__ import annotations

from functools import cache

MOST_POINTS = 50


@cache
def read_milestones(text: str) -> tuple[float, ...]:
    """Shares of the run from a text such as "0.5, 0.75", in rising order.

    Raises:
        ValueError: for anything but rising numbers above 0 and below 1, 50 at most.
    """
    wanted = 'give rising shares of the run above 0 and below 1, such as "0.5, 0.75"'
    try:
        found = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError(f"is {text!r}; {wanted}") from None
    if not 1 <= len(found) <= MOST_POINTS or not all(0 < share < 1 for share in found):
        raise ValueError(f"is {text!r}; {wanted}")
    if sorted(set(found)) != list(found):
        raise ValueError(f"is {text!r}, which does not rise; {wanted}")
    return found


@cache
def read_points(text: str) -> tuple[tuple[float, float], ...]:
    """Points (share of the run, factor) from a text such as "0:0.1, 0.1:1, 1:0.01", by rising share.

    Raises:
        ValueError: for anything but 2 to 50 points with rising shares and factors, all from 0 to 1.
    """
    wanted = 'give 2 to 50 points "share of the run:factor" with rising shares, all from 0 to 1, such as "0:0.1, 0.1:1, 1:0.01"'
    pairs = [part.split(":") for part in text.split(",") if part.strip()]
    try:
        found = tuple((float(share), float(factor)) for share, factor in pairs)
    except ValueError:
        raise ValueError(f"is {text!r}; {wanted}") from None
    if not 2 <= len(found) <= MOST_POINTS or not all(0 <= one <= 1 for point in found for one in point):
        raise ValueError(f"is {text!r}; {wanted}")
    if sorted({share for share, _ in found}) != [share for share, _ in found]:
        raise ValueError(f"is {text!r}, whose shares do not rise; {wanted}")
    return found


def check_milestones(text: str) -> str:
    """The milestones in their usual form; ValueError as `read_milestones`."""
    return ", ".join(f"{share:g}" for share in read_milestones(text))


def check_points(text: str) -> str:
    """The points in their usual form; ValueError as `read_points`."""
    return ", ".join(f"{share:g}:{factor:g}" for share, factor in read_points(text))


def multistep_schedule(step: int, total_steps: int, *, milestones: str = "0.5, 0.75", factor: float = 0.1) -> float:
    """Multiply by `factor` at each of the milestones, shares of the run (torch's MultiStepLR)."""
    cuts = [max(1, round(share * total_steps)) for share in read_milestones(milestones)]
    return factor ** sum(cut <= step for cut in cuts)


def custom_schedule(
    step: int, total_steps: int, *, points: str = "0:0.1, 0.1:1, 1:0.01", between: str = "lines"
) -> float:
    """Go through the points: in straight lines, or ("steps") holding each factor until the next point.

    Before the first point and after the last one the factor stays theirs.
    """
    found = read_points(points)
    place = step / (total_steps - 1) if total_steps > 1 else 0.0
    after = sum(share <= place for share, _ in found)
    if after == 0:
        return found[0][1]
    if after == len(found) or between == "steps":
        return found[after - 1][1]
    (left, low), (right, high) = found[after - 1], found[after]
    return low + (high - low) * (place - left) / (right - left)
