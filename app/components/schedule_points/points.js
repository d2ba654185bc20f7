// The custom schedule as a curve with handles: drag them, click the line to add one, Delete or the button to remove.

const LEAST = 2, MOST = 50, GAP = 0.005, FLOOR = 1e-4;
const PAD = { left: 44, right: 14, top: 12, bottom: 34 }, HEIGHT = 210;
const SVG = 'http://www.w3.org/2000/svg';

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const read = (text) => text.split(',').map((pair) => pair.split(':').map(Number));
const rounded = (value, digits) => Number(value.toPrecision(digits));
const write = (points) => points.map(([share, factor]) => `${rounded(share, 3)}:${rounded(factor, 3)}`).join(', ');
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

class Points {
  constructor(root, send) {
    this.root = root;
    this.send = send;
    this.log = false;
    this.chosen = 0;
    this.svg = shape('svg', { class: 'gc-points-plot', height: HEIGHT, role: 'group', 'aria-label': 'Points of the schedule' });
    this.remove = this.button('Remove point', () => this.take(this.chosen));
    this.axis = this.button('Log axis', () => { this.log = !this.log; this.axis.setAttribute('aria-pressed', this.log); this.draw(); });
    this.axis.setAttribute('aria-pressed', 'false');
    this.said = document.createElement('span');
    this.said.setAttribute('aria-live', 'polite');
    const bar = document.createElement('div');
    bar.className = 'gc-points-bar';
    bar.append(this.remove, this.axis, this.said);
    root.replaceChildren(this.svg, bar);
    this.svg.addEventListener('pointermove', (event) => this.drag(event));
    for (const name of ['pointerup', 'pointercancel']) this.svg.addEventListener(name, () => this.release());
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(root);
  }

  button(text, act) {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', act);
    return made;
  }

  show(text, between) {
    if (this.held !== undefined || this.waits) return;  // what is being moved is newer
    this.between = between;
    this.points = read(text);
    this.sent = write(this.points);
    this.chosen = Math.min(this.chosen, this.points.length - 1);
    this.draw();
  }

  x(share) { return PAD.left + share * (this.width - PAD.left - PAD.right); }
  y(factor) {
    const height = this.log ? 1 - Math.log(Math.max(factor, FLOOR)) / Math.log(FLOOR) : factor;
    return HEIGHT - PAD.bottom - height * (HEIGHT - PAD.top - PAD.bottom);
  }
  place(event) {
    const box = this.svg.getBoundingClientRect();
    const share = (event.clientX - box.left - PAD.left) / (this.width - PAD.left - PAD.right);
    const height = clamp((HEIGHT - PAD.bottom - (event.clientY - box.top)) / (HEIGHT - PAD.top - PAD.bottom), 0, 1);
    return [clamp(share, 0, 1), this.log ? FLOOR ** (1 - height) : height];
  }

  factor(share) {
    const after = this.points.findIndex(([other]) => other > share);
    if (after === 0) return this.points[0][1];
    const [left, low] = this.points.at(after < 0 ? -1 : after - 1);
    if (after < 0 || this.between === 'steps') return low;
    const [right, high] = this.points[after];
    return low + (high - low) * (share - left) / (right - left);
  }

  draw() {
    this.width = Math.max(this.root.clientWidth, 200);
    if (!this.points) return;
    const focused = this.svg.contains(document.activeElement);
    this.svg.setAttribute('width', this.width);
    const parts = [];
    for (const factor of this.log ? [1, 0.1, 0.01, 0.001, FLOOR] : [0, 0.25, 0.5, 0.75, 1]) {
      parts.push(shape('line', { class: 'gc-points-grid', x1: this.x(0), x2: this.x(1), y1: this.y(factor), y2: this.y(factor) }));
      parts.push(shape('text', { x: PAD.left - 6, y: this.y(factor) + 4, 'text-anchor': 'end' }, String(factor)));
    }
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
      parts.push(shape('text', { x: this.x(share), y: HEIGHT - PAD.bottom + 16, 'text-anchor': anchor }, `${share * 100} %`));
    }
    parts.push(shape('text', { x: this.x(0.5), y: HEIGHT - 3, 'text-anchor': 'middle' }, 'of the run'));
    const shares = [...Array(241).keys()].map((i) => i / 240).concat(this.points.flatMap(([share]) => [share - 1e-9, share]));
    const path = shares.filter((share) => share >= 0).sort((a, b) => a - b).map((share) => `${this.x(share)},${this.y(this.factor(share))}`).join(' ');
    parts.push(shape('polyline', { class: 'gc-points-line', points: path }));
    const target = shape('polyline', { class: 'gc-points-target', points: path });
    target.addEventListener('pointerdown', (event) => this.add(event));
    parts.push(target);
    this.handles = this.points.map((point, at) => this.handle(point, at));
    this.svg.replaceChildren(...parts, ...this.handles);
    this.remove.disabled = this.points.length <= LEAST;
    this.said.textContent = `Point ${this.chosen + 1}: ${this.words(this.points[this.chosen])}`;
    if (focused) this.handles[this.chosen]?.focus();
  }

  words([share, factor]) { return `${rounded(share * 100, 3)} % of the run, factor ${rounded(factor, 3)}`; }

  handle(point, at) {
    const made = shape('g', {
      class: at === this.chosen ? 'gc-points-handle gc-chosen' : 'gc-points-handle', tabindex: 0, role: 'slider',
      'aria-label': `Point ${at + 1} of ${this.points.length}: arrow keys move it, Delete removes it`, 'aria-valuemin': 0, 'aria-valuemax': 1,
      'aria-valuenow': rounded(point[1], 3), 'aria-valuetext': this.words(point), transform: `translate(${this.x(point[0])} ${this.y(point[1])})`,
    });
    made.append(shape('circle', { r: 15, class: 'gc-points-reach' }), shape('circle', { r: 6.5 }));
    made.addEventListener('pointerdown', (event) => this.grab(event, at));
    made.addEventListener('keydown', (event) => this.key(event, at));
    made.addEventListener('focus', () => { if (this.chosen !== at) { this.chosen = at; this.draw(); } });
    return made;
  }

  grab(event, at) {
    event.preventDefault();
    [this.held, this.chosen] = [at, at];
    this.svg.setPointerCapture(event.pointerId);
    this.handles[at].focus();
    this.draw();
  }

  drag(event) {
    if (this.held !== undefined) this.move(this.held, ...this.place(event));
  }

  release() {
    if (this.held === undefined) return;
    this.held = undefined;
    this.commit();
  }

  move(at, share, factor) {
    const low = at ? this.points[at - 1][0] + GAP : 0;
    const high = at < this.points.length - 1 ? this.points[at + 1][0] - GAP : 1;
    this.points[at] = [clamp(share, low, high), clamp(factor, 0, 1)];
    this.draw();
  }

  add(event) {
    const [share, factor] = this.place(event);
    const near = this.points.some(([other]) => Math.abs(other - share) < 2 * GAP);
    if (near || this.points.length >= MOST) return;
    const at = this.points.filter(([other]) => other < share).length;
    this.points.splice(at, 0, [share, factor]);
    this.chosen = at;
    this.draw();
    this.grab(event, at);
  }

  take(at) {
    if (this.points.length <= LEAST) return;
    this.points.splice(at, 1);
    this.chosen = Math.min(at, this.points.length - 1);
    this.draw();
    this.commit();
  }

  key(event, at) {
    const [share, factor] = this.points[at];
    const step = event.shiftKey ? 0.05 : 0.01;
    const up = this.log ? [Math.max(factor, FLOOR) * 10 ** (5 * step), factor / 10 ** (5 * step)] : [factor + step, factor - step];
    const moves = { ArrowLeft: [share - step, factor], ArrowRight: [share + step, factor], ArrowUp: [share, up[0]], ArrowDown: [share, up[1]] };
    if (event.key in moves) this.move(at, ...moves[event.key]);
    else if (event.key === 'Delete' || event.key === 'Backspace') this.take(at);
    else return;
    event.preventDefault();
    clearTimeout(this.waits);
    this.waits = setTimeout(() => { this.waits = undefined; this.commit(); }, 500);
  }

  commit() {
    const text = write(this.points);
    if (text === this.sent) return;
    this.sent = text;
    this.send(text);
  }

  destroy() {
    clearTimeout(this.waits);
    this.watcher.disconnect();
  }
}

export default ({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.gc-points');
  const held = root.gcPoints ??= { view: new Points(root, (text) => held.send(text)), ticket: 0 };
  held.send = (text) => setTriggerValue('points', text);
  held.view.show(data.points, data.between);
  const ticket = held.ticket += 1;
  return () => { if (ticket === held.ticket) { held.view.destroy(); delete root.gcPoints; } };
};
