// Moving together in a class: a board tells "gc:viewed" where its viewer looks, and takes over what "gc:follow" brings.
// A view names panels, steps, layers and values, never pixels, so that it fits on a screen of any size.

const SETTLE_MS = 40;

// Ties a board to its class. The board offers `name`, `view()`, which gives parts by name, `take(parts)`, and
// `spots()`: by panel, what shows where the teacher points.
class Following {
  constructor(board) {
    this.board = board;
    this.taken = {};
    this.onFollow = ({ detail }) => this.follow(detail);
    this.onTell = () => this.tell();
    this.onMove = (event) => this.point(event);
    this.onLeave = () => this.say(null);
    window.addEventListener('gc:follow', this.onFollow);
    window.addEventListener('gc:tell', this.onTell);
    board.root.addEventListener('mousemove', this.onMove, true);
    board.root.addEventListener('mouseleave', this.onLeave);
  }

  // To be called when the board can be moved: asks where the teacher looks.
  ready() { window.dispatchEvent(new CustomEvent('gc:ask')); }

  // The viewer has moved something; told once the hand rests.
  moved() {
    if (this.taking) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), SETTLE_MS);
  }

  tell() { window.dispatchEvent(new CustomEvent('gc:viewed', { detail: { [this.board.name]: this.board.view() } })); }

  // Takes over what has changed since it was taken last: what a follower has moved for themselves stays until then.
  follow(views) {
    if (views.again) this.taken = {};
    if (views.pointer !== undefined) this.show(views.pointer);
    const news = {};
    for (const [part, value] of Object.entries(views[this.board.name] || {})) {
      const text = JSON.stringify(value);
      if (this.taken[part] === text) continue;
      this.taken[part] = text;
      news[part] = value;
    }
    if (!Object.keys(news).length) return;
    this.taking = true;
    try { this.board.take(news); } finally { this.taking = false; }
  }

  // The teacher's mouse moves with the pointer on: where it is, in numbers of the chart.
  point(event) {
    if (!window.__gradclinicClass?.pointing) return;
    const found = Object.entries(this.board.spots()).find(([, spot]) => spot.frame.contains(event.target));
    const place = found?.[1].at(event.clientX, event.clientY);
    this.say(place ? { board: this.board.name, panel: found[0], ...place } : null);
  }

  say(place) {
    if (!place && !this.pointed) return;
    this.pointed = place;
    this.show(place);
    window.dispatchEvent(new CustomEvent('gc:viewed', { detail: { pointer: place } }));
  }

  show(place) {
    const mine = place?.board === this.board.name ? place : null;
    for (const [panel, spot] of Object.entries(this.board.spots())) spot.show(mine?.panel === panel ? mine : null);
    const layer = mine?.layer || null;
    if (layer !== (this.layer || null)) { this.layer = layer; this.board.light?.(layer); }
  }

  destroy() {
    clearTimeout(this.timer);
    window.removeEventListener('gc:follow', this.onFollow);
    window.removeEventListener('gc:tell', this.onTell);
    this.board.root.removeEventListener('mousemove', this.onMove, true);
    this.board.root.removeEventListener('mouseleave', this.onLeave);
  }
}

// A ring over a Plotly chart in `frame`. `shared` and `own` turn the chart's x into what all screens share, and back.
class Spot {
  constructor(frame, plot, { shared = (x) => x, own = (x) => x, layer = () => null } = {}) {
    Object.assign(this, { frame, plot, shared, own, layer });
    this.node = el('div', { class: 'gc-spot', 'aria-hidden': 'true' }, el('b'));
  }

  // What lies at a place of the window: {x, y, layer}; null outside of the axes.
  at(clientX, clientY) {
    const axes = this.plot._fullLayout;
    if (!axes?.xaxis) return null;
    const box = this.plot.getBoundingClientRect();
    const [px, py] = [clientX - box.left - axes.xaxis._offset, clientY - box.top - axes.yaxis._offset];
    if (px < 0 || py < 0 || px > axes.xaxis._length || py > axes.yaxis._length) return null;
    const x = this.shared(axes.xaxis.p2d(px));
    return { x: Number(x.toPrecision(7)), y: Number(axes.yaxis.p2d(py).toPrecision(7)), layer: this.layer(py) };
  }

  show(place) {
    const seen = this.place;
    this.place = place;
    this.draw();
    if (place && !seen) intoSight(this.frame);
  }

  draw() {
    const axes = this.plot._fullLayout;
    if (!this.place || !axes?.xaxis) { this.node.remove(); return; }
    const [x, y] = [axes.xaxis.d2p(this.own(this.place.x)), axes.yaxis.d2p(this.place.y)];
    if (!(x >= 0 && y >= 0 && x <= axes.xaxis._length && y <= axes.yaxis._length)) { this.node.remove(); return; }
    const [box, frame] = [this.plot.getBoundingClientRect(), this.frame.getBoundingClientRect()];
    this.node.style.left = `${box.left - frame.left - this.frame.clientLeft + axes.xaxis._offset + x}px`;
    this.node.style.top = `${box.top - frame.top - this.frame.clientTop + axes.yaxis._offset + y}px`;
    this.node.firstChild.textContent = this.place.layer || '';
    this.node.firstChild.hidden = !this.place.layer;
    if (!this.node.isConnected) this.frame.append(this.node);
  }
}

// Scrolls to a panel unless it is in sight as a whole, or taller than the window.
function intoSight(node) {
  const box = node.getBoundingClientRect();
  if (box.top >= 0 && box.bottom <= window.innerHeight) return;
  node.scrollIntoView({ behavior: REDUCED_MOTION ? 'auto' : 'smooth', block: 'center' });
}

function rounded(range) { return range ? range.map((value) => Number(Number(value).toPrecision(7))) : null; }
