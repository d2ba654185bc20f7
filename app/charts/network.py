"""The drawing of a network: its blocks in order with the shapes between them, shortcuts as arcs; SVG as text.

It stands alone, as an image: st.html would strip it, and an image doesn't know the page's colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from app.charts.blocks import Block, blocks_of, fold
from app.theme import TRAINING, VALIDATION
from core.models.network import INPUT, JOINS, Network

WIDTH, LEFT, BOX = 300, 12, 236
HEIGHT, LINE, GAP, HEAD, ROUND = 28, 15, 30, 26, 11
LANE = 12
MOST_LETTERS, MOST_LINES = 38, 2
INK = {"light": "#1f2d30", "dark": "#e6efef"}


@dataclass(frozen=True)
class Drawing:
    """An SVG element as text, its height in pixels, and what it shows in a sentence."""

    svg: str
    height: int
    alt: str


def draw_network(network: Network, theme: str = "light") -> Drawing:
    """The network from top to bottom, for a page of that theme."""
    blocks = fold(blocks_of(network))
    tops, foot = _places(blocks)
    arcs, lanes = _lanes(blocks)
    width = max(WIDTH, LEFT + BOX + lanes * LANE + 26)
    drawn = [_head(network)]
    drawn += [_group(blocks, place, tops) for place in range(len(blocks)) if blocks[place].repeats > 1]
    drawn += [_block(block, tops[place]) for place, block in enumerate(blocks)]
    drawn += [_down(blocks, place, tops) for place in range(len(blocks))]
    drawn += [_arc(blocks, tops, source, target, lane) for (source, target), lane in arcs.items()]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {foot}" width="{width}" height="{foot}" '
        f'font-family="system-ui, sans-serif" font-size="12" color="{INK[theme]}" fill="currentColor">'
        f"{''.join(drawn)}</svg>"
    )
    alt = f"{len(network.layers)} layers from an input of {_shape(network.input_shape)} to {_shape(blocks[-1].shape)}."
    return Drawing(svg, int(foot), alt)


def _places(blocks: list[Block]) -> tuple[list[float], float]:
    """The top of each block, and the foot of the drawing."""
    tops, top = [], float(HEAD + GAP)
    for block in blocks:
        top += 18 if block.repeats > 1 else 0
        tops.append(top)
        top += _height(block) + GAP
    return tops, top + 2


def _lanes(blocks: list[Block]) -> tuple[dict[tuple[int, int], int], int]:
    """Each connection that is not from one block to the next, with its lane to the right, and how many lanes there are."""
    jumps = [(s, place) for place, block in enumerate(blocks) for s in block.sources if s != place - 1]
    found: dict[tuple[int, int], int] = {}
    for source, target in sorted(jumps, key=lambda jump: (jump[1] - jump[0], jump)):
        taken = {lane for (s, t), lane in found.items() if s < target and source < t}
        found[source, target] = next(lane for lane in range(len(jumps)) if lane not in taken)
    return found, max(found.values(), default=-1) + 1


def _head(network: Network) -> str:
    middle = LEFT + BOX / 2
    return (
        f'<rect x="{middle - 75}" y="2" width="150" height="{HEAD - 2}" rx="12" fill="none" stroke="currentColor" '
        f'stroke-opacity="0.35"/>{_text(middle, 19, "input " + _shape(network.input_shape), anchor="middle")}'
    )


def _block(block: Block, top: float) -> str:
    if block.is_join:
        return _join(block, top)
    colour = TRAINING if block.weighs else "currentColor"
    words = " · ".join(filter(None, block.words))
    lines = _lines(block)
    parameters = f"{block.parameters:,}" if block.parameters else ""
    return (
        f"<g><title>{escape(block.name)}: {escape(words)}; {block.parameters:,} parameters, "
        f"{_shape(block.shape)} out</title>"
        f'<rect x="{LEFT}" y="{top}" width="{BOX}" height="{_height(block)}" rx="7" fill="{colour}" '
        f'fill-opacity="{0.16 if block.weighs else 0.05}" stroke="{colour}" stroke-opacity="0.55"/>'
        + _text(LEFT + 10, top + 18, escape(_short(block.name, 27)), weight=600)
        + _text(LEFT + BOX - 10, top + 18, parameters, anchor="end", opacity=0.75, size=11)
        + "".join(
            _text(LEFT + 10, top + 34 + number * LINE, escape(line), opacity=0.85, size=11)
            for number, line in enumerate(lines)
        )
        + "</g>"
    )


def _join(block: Block, top: float) -> str:
    middle, sign, half = LEFT + BOX / 2, JOINS[block.nodes[0].type], _half(block)
    return (
        f'<rect x="{middle - half}" y="{top}" width="{2 * half}" height="{2 * ROUND}" rx="{ROUND}" fill="{VALIDATION}" fill-opacity="0.16" stroke="{VALIDATION}"/>'
        f"{_text(middle, top + ROUND + 4, sign, anchor='middle', weight=600)}"
        + _text(
            middle - half - 8, top + ROUND + 4, escape(" · ".join(block.words)), anchor="end", opacity=0.85, size=11
        )
    )


def _down(blocks: list[Block], place: int, tops: list[float]) -> str:
    """The arrow into a block from the one above, and the shape of what comes out of it."""
    middle, block, drawn = LEFT + BOX / 2, blocks[place], ""
    if place - 1 in block.sources:
        start = HEAD if place == 0 else _foot(blocks, tops, place - 1)
        end = tops[place]
        drawn = (
            f'<path d="M{middle} {start} V{end - 2} m-4 -5 l4 5 l4 -5" fill="none" stroke="currentColor" '
            'stroke-opacity="0.5"/>'
        )
    return drawn + _text(middle + 10, _foot(blocks, tops, place) + 18, _shape(block.shape), opacity=0.65, size=11)


def _arc(blocks: list[Block], tops: list[float], source: int, target: int, lane: int) -> str:
    """A line beside the blocks, from below one to the right side of another further down."""
    middle, right = LEFT + BOX / 2, LEFT + BOX + 22 + lane * LANE
    start = HEAD + 6 if source == INPUT else _foot(blocks, tops, source) + 6
    block = blocks[target]
    reach = middle + _half(block) if block.is_join else LEFT + BOX
    end = tops[target] + _height(block) / 2
    return (
        f'<path d="M{middle} {start} H{right - 8} q8 0 8 8 V{end - 8} q0 8 -8 8 H{reach + 1} m5 -4 l-5 4 l5 4" fill="none" '
        f'stroke="{VALIDATION}" stroke-width="1.4" stroke-opacity="0.9"/>'
    )


def _group(blocks: list[Block], place: int, tops: list[float]) -> str:
    """The frame around a folded group, with how often it comes."""
    first = blocks[place]
    top, foot = tops[place] - 20, _foot(blocks, tops, place + first.group - 1) + 4
    names = _from_to(first.name.partition(".")[0], first.last.partition(".")[0])
    return (
        f'<rect x="4" y="{top}" width="{BOX + 2 * (LEFT - 4)}" height="{foot - top}" rx="9" fill="none" '
        'stroke="currentColor" stroke-opacity="0.5" stroke-dasharray="4 4"/>'
        + _text(LEFT, top + 14, f"{first.repeats} × {escape(names)}", weight=600, size=10)
    )


def _from_to(first: str, last: str) -> str:
    """Two names of a row without what they share: hidden2 … 63."""
    if not first or not last or first == last:
        return first or last
    shared = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    while shared and first[shared - 1].isdigit():
        shared -= 1
    return f"{first} … {last[shared:]}"


def _half(block: Block) -> int:
    """Half the width of a join's mark."""
    return ROUND if len(JOINS[block.nodes[0].type]) == 1 else 28


def _foot(blocks: list[Block], tops: list[float], place: int) -> float:
    return tops[place] + _height(blocks[place])


def _height(block: Block) -> int:
    return 2 * ROUND if block.is_join else HEIGHT + LINE * len(_lines(block))


def _lines(block: Block) -> list[str]:
    """What the layers of a block do, on MOST_LINES lines at most."""
    lines: list[str] = []
    for word in filter(None, block.words):
        if lines and len(lines[-1]) + 3 + len(word) <= MOST_LETTERS:
            lines[-1] += f" · {word}"
        else:
            lines.append(_short(word, MOST_LETTERS))
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], _short(" · ".join(lines[MOST_LINES - 1 :]), MOST_LETTERS)]
    return lines


def _text(
    x: float, y: float, said: str, *, anchor: str = "start", weight: int = 400, opacity: float = 1, size: int = 12
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}" '
        f'fill-opacity="{opacity}">{said}</text>'
    )


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "1"


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
