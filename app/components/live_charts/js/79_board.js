// What every view shares: panels drawn when they are on screen and due, a little in each frame; zoom, theme, sizes.

const FRAME_MS = 9;
let views = 0;

// A subclass sets `charts` and `header`, offers `build` and `themed`, and calls `watch` when it is built.
class Board {
  constructor(root, options) {
    this.uid = `gc${(views += 1)}`;
    this.root = root;
    this.options = { panelHeight: 250, ...options };
    this.preferences = preferences.read();
    this.theme = readTheme(root);
    this.dirty = new Set();
  }

  watch() {
    this.seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
      const chart = this.charts.find((one) => one.node === entry.target);
      chart.onScreen = entry.isIntersecting;
      if (chart.onScreen) { chart.resize(); this.schedule(chart); }
    }), { rootMargin: '120px' });
    this.charts.forEach((chart) => this.seen.observe(chart.node));
    this.sizes = new ResizeObserver(() => {
      clearTimeout(this.sizeTimer);
      this.sizeTimer = setTimeout(() => this.charts.forEach((chart) => chart.resize()), 80);
    });
    this.sizes.observe(this.root);
    this.themeTimer = setInterval(() => this.checkTheme(), 400);
    this.onVisible = () => { if (!document.hidden) this.charts.forEach((chart) => this.schedule(chart)); };
    document.addEventListener('visibilitychange', this.onVisible);
    this.following = new Following(this);
  }

  // Which board it is, for a class whose pages hold the same.
  get name() { return `${this.runs.map(({ id }) => id).join('+')}/${this.options.panels?.join('+') || 'all'}`; }

  // What is moved in a chart, or on the board (no chart), goes to those who follow.
  moved(chart) {
    if (chart) this.touched = chart.spec.key;
    this.following?.moved();
  }

  // The parts of a view that every board has: each panel, and the one touched last.
  view() {
    return { at: this.touched || null, ...Object.fromEntries(this.charts.map((chart) => [`panel.${chart.spec.key}`, chart.kept()])) };
  }

  take(parts) {
    for (const chart of this.charts) if (parts[`panel.${chart.spec.key}`]) chart.take(parts[`panel.${chart.spec.key}`]);
    const touched = this.charts.find((chart) => chart.spec.key === parts.at);
    if (touched) intoSight(touched.node);
  }

  spots() { return Object.fromEntries(this.charts.map((chart) => [chart.spec.key, chart.spot])); }

  // x of a chart as all screens share it, and back.
  shared(x) { return x; }

  own(x) { return x; }

  // The range that a person has chosen for all time axes, or null.
  get range() { return this.charts.find((chart) => chart.timed && chart.wantedX)?.wantedX || null; }

  setRange(range) {
    if (range) this.zoomTo(null, range);
    else this.resetZoom();
  }

  schedule(chart) {
    this.dirty.add(chart);
    if (this.frame || document.hidden) return;
    this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = null;
    const start = performance.now();
    for (const chart of [...this.dirty]) {
      this.dirty.delete(chart);
      try { chart.draw(); } catch (error) { console.error(`live charts: ${chart.spec.key}`, error); }
      if (performance.now() - start > FRAME_MS) break;
    }
    if ([...this.dirty].some((chart) => chart.onScreen && !chart.held)) this.frame = requestAnimationFrame(() => this.paint());
  }

  redraw() { this.charts.forEach((chart) => chart.redraw()); }

  zoomTo(source, range) {
    this.root.classList.add('gc-zoomed');
    this.charts.forEach((chart) => { if (chart.timed) { if (chart === source) chart.wantedX = range; else chart.setX(range); } });
    this.moved(source);
  }

  resetZoom() {
    this.root.classList.remove('gc-zoomed');
    this.charts.forEach((chart) => { if (chart.timed) chart.setX(null); });
    this.moved();
  }

  checkTheme() {
    const theme = readTheme(this.root);
    if (theme.signature === this.theme.signature) return;
    this.theme = theme;
    this.themed();
    this.charts.forEach((chart) => { chart.legendTold = null; });
    this.redraw();
  }

  connection(word, reason) { this.header.connection(word, reason); }

  destroy() {
    this.following.destroy();
    clearInterval(this.themeTimer);
    cancelAnimationFrame(this.frame);
    this.seen.disconnect();
    this.sizes.disconnect();
    document.removeEventListener('visibilitychange', this.onVisible);
    this.charts.forEach((chart) => chart.destroy());
    this.root.replaceChildren();
  }
}
