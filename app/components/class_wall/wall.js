// The wall of a class: tiles are kept by student and changed in place, so that focus and pointer stay where they are.

const SVG = 'http://www.w3.org/2000/svg';

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

class Tile {
  constructor(open) {
    this.root = element('li', 'gc-tile');
    this.button = element('button', 'gc-tile-button');
    this.button.type = 'button';
    this.button.addEventListener('click', () => { if (this.run) open(this.run); });
    this.head = element('span', 'gc-tile-head');
    this.name = element('b', 'gc-tile-name');
    this.score = element('span', 'gc-tile-score');
    this.head.append(this.name, this.score);
    this.svg = shape('svg', { class: 'gc-tile-plot', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    this.foot = element('span', 'gc-tile-foot');
    this.word = element('span', 'gc-tile-word');
    this.matter = element('span', 'gc-tile-matter');
    this.foot.append(this.word, this.matter);
    this.button.append(this.head, this.svg, this.foot);
    this.root.append(this.button);
  }

  show(tile) {
    const told = JSON.stringify(tile);
    if (told === this.told) return;
    this.told = told;
    this.run = tile.run;
    this.root.dataset.tone = tile.tone;
    this.button.disabled = !tile.run;
    this.button.title = tile.sentence;
    this.button.setAttribute('aria-label', tile.alt);
    this.name.textContent = tile.name;
    this.score.textContent = tile.score;
    this.word.textContent = tile.word;
    this.matter.textContent = tile.matter;
    this.svg.setAttribute('viewBox', `0 0 ${tile.width} ${tile.height}`);
    const parts = [
      shape('rect', { class: 'gc-tile-done', x: 0, y: 0, width: tile.width * tile.share, height: tile.height }),
      shape('path', { class: 'gc-tile-line', d: tile.path, 'vector-effect': 'non-scaling-stroke' }),
    ];
    for (const x of tile.lost) parts.push(shape('line', { class: 'gc-tile-lost', x1: x, x2: x, y1: 0, y2: tile.height, 'vector-effect': 'non-scaling-stroke' }));
    for (const x of tile.over) parts.push(shape('path', { class: 'gc-tile-over', d: `M${x - 3} 5L${x} 0L${x + 3} 5Z` }));
    this.svg.replaceChildren(...parts);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const wall = parentElement.querySelector('.gc-wall');
  wall.tell = (run) => setTriggerValue('opened', run);
  const tiles = (wall.tiles ??= new Map());
  const wanted = new Set(data.tiles.map((tile) => tile.who));
  for (const [who, tile] of tiles) {
    if (!wanted.has(who)) { tile.root.remove(); tiles.delete(who); }
  }
  data.tiles.forEach((found, place) => {
    const tile = tiles.get(found.who) ?? new Tile((run) => wall.tell(run));
    tiles.set(found.who, tile);
    tile.show(found);
    if (wall.children[place] !== tile.root) wall.insertBefore(tile.root, wall.children[place] ?? null);
  });
}
