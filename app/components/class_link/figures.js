// The static figures of a page (st.plotly_chart) in a class: where the teacher has zoomed, and which traces are on, goes to those
// who follow. Streamlit keeps its Plotly to itself. But it draws a figure anew from gd.layout and gd.data whenever the figure says
// "plotly_relayout", as it does when a viewer has zoomed; so a follower's figure is given both and says so.

const PREFIX = 'figure:';
const AXIS = /^([xy]axis\d*|scene\d*)$/, MOVED = /range|camera|visible/;
const LOOK_MS = 8000; // how long a figure is waited for after the view or the page has changed
const CHECK_MS = 1000; // how often the teacher's page looks whether a figure was drawn anew
const FIGURES = '[data-testid="stPlotlyChart"] .js-plotly-plot';

class Figures {
  constructor(link) {
    Object.assign(this, { link, tied: new WeakSet(), taken: new WeakMap(), touched: new Map(), wanted: {} });
    for (const kind of ['pointerdown', 'mousedown', 'wheel', 'touchstart']) {
      window.addEventListener(kind, (event) => this.tie(event.target), { capture: true, passive: true });
    }
  }

  // The hand is on a figure: from here on it tells when it has been moved.
  tie(target) {
    const gd = this.link.wanted?.leads && target?.closest?.(FIGURES);
    if (gd && gd.on && keyOf(gd)) this.listen(gd);
  }

  listen(gd) {
    if (this.tied.has(gd)) return;
    this.tied.add(gd);
    const told = (change) => {
      if (!Object.keys(change || {}).some((name) => MOVED.test(name))) return;
      this.touched.set(keyOf(gd), gd);
      this.tell();
    };
    gd.on('plotly_relayout', told);
    gd.on('plotly_restyle', (change) => told(change?.[0]));
  }

  // Where the figures that were moved on this page look now.
  tell() {
    const found = {};
    for (const [key, gd] of this.touched) {
      if (gd.isConnected) found[PREFIX + key] = viewOf(gd);
    }
    if (Object.keys(found).length) this.link.viewed(found);
    this.checking ||= setInterval(() => this.check(), CHECK_MS);
  }

  // A figure that Streamlit has drawn anew is another one, with a view of its own.
  check() {
    const lost = [...this.touched].filter(([, gd]) => !gd.isConnected).map(([key]) => key);
    if (!lost.length || !this.link.wanted?.leads) return;
    for (const gd of document.querySelectorAll(FIGURES)) {
      if (!lost.includes(keyOf(gd)) || !gd._fullLayout || !gd.on) continue;
      this.listen(gd);
      this.touched.set(keyOf(gd), gd);
      this.tell();
    }
  }

  forget() {
    this.touched.clear();
    clearInterval(this.checking);
    this.checking = null;
  }

  // Takes over where the teacher looks; what a follower has moved for themselves stays until the teacher moves it again.
  take(views, again = false) {
    if (again) this.taken = new WeakMap();
    this.wanted = Object.fromEntries(Object.entries(views).filter(([name]) => name.startsWith(PREFIX)));
    this.look();
  }

  // Moves the figures that are there, and for a while those that come; then nothing is watched any more.
  look() {
    clearTimeout(this.rest);
    this.watch?.disconnect();
    if (!Object.keys(this.wanted).length) return;
    this.apply();
    this.watch = new MutationObserver(() => this.soon());
    this.watch.observe(document.body, { childList: true, subtree: true });
    this.rest = setTimeout(() => this.watch.disconnect(), LOOK_MS);
  }

  soon() {
    if (this.waiting) return;
    this.waiting = setTimeout(() => { this.waiting = null; this.apply(); }, 100);
  }

  apply() {
    if (!this.link.wanted?.follows) return;
    for (const gd of document.querySelectorAll(FIGURES)) {
      const view = this.wanted[PREFIX + keyOf(gd)];
      const text = view && JSON.stringify(view);
      if (!text || this.taken.get(gd) === text || !gd._fullLayout || !gd.emit) continue;
      this.taken.set(gd, text);
      moveTo(gd, view);
    }
  }
}

// The key of a figure's widget, which is the same on all screens; null without one.
function keyOf(gd) {
  const place = gd.closest('[data-testid="stElementContainer"]');
  return [...(place?.classList || [])].find((name) => name.startsWith('st-key-'))?.slice(7) || null;
}

// Ranges (or how they are found by themselves), cameras, and the traces that are not shown as usual, in numbers of the figure.
function viewOf(gd) {
  const view = {};
  for (const [name, part] of Object.entries(gd._fullLayout).filter(([one]) => AXIS.test(one))) {
    if (name.startsWith('scene')) view[name] = { camera: plain(gd.layout[name]?.camera) };
    else view[name] = part.autorange || part.range.map((end) => (typeof end === 'number' ? Number(end.toPrecision(7)) : end));
  }
  view.visible = gd.data.map((trace) => trace.visible ?? true);
  return view;
}

function plain(value) { return value ? JSON.parse(JSON.stringify(value)) : null; }

function moveTo(gd, view) {
  const now = viewOf(gd);
  if (JSON.stringify(now) === JSON.stringify(view)) return;
  const layout = { ...gd.layout };
  for (const [name, wanted] of Object.entries(view)) {
    if (!AXIS.test(name) || !gd._fullLayout[name]) continue;
    const { range, autorange, camera, ...others } = layout[name] || {};
    if (name.startsWith('scene')) layout[name] = wanted?.camera ? { ...others, camera: wanted.camera } : others;
    else layout[name] = Array.isArray(wanted) ? { ...others, range: [...wanted], autorange: false } : { ...others, autorange: wanted };
  }
  gd.layout = layout;
  if (view.visible?.length === gd.data.length && JSON.stringify(view.visible) !== JSON.stringify(now.visible)) {
    gd.data = gd.data.map((trace, place) => ({ ...trace, visible: view.visible[place] }));
  }
  gd.emit('plotly_relayout', {});
}
