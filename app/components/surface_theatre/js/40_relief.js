// The surface as a relief in three dimensions, with the paths on it; drawn only when asked for.

const RELIEF_MS = 90;

class Relief {
  constructor(theatre) {
    this.theatre = theatre;
    this.plot = el('div', { class: 'gc-plot' });
    this.node = el('div', { class: 'gc-map' }, this.plot);
  }

  draw() {
    const { stage, theme } = this.theatre;
    const axis = { gridcolor: theme.axis, zeroline: false, showbackground: false, color: theme.muted, tickfont: { size: 11 } };
    const title = (text) => ({ text, font: { size: 12, color: theme.muted } });
    this.lanes = stage.lanes.filter((lane) => !lane.refused);
    const lines = this.lanes.map((lane) => ({ type: 'scatter3d', mode: 'lines+markers', ...this.line(lane, this.theatre.t), hoverinfo: 'skip',
      line: { color: laneColour(theme, lane), width: 6 }, marker: { size: 2.2, color: laneColour(theme, lane) } }));
    const surface = { type: 'surface', x: stage.x, y: stage.y, z: stage.heights, hoverinfo: 'skip', showscale: false, opacity: 0.96, colorscale: heightScale(theme),
      lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05 }, contours: { z: { show: true, color: mix(theme.text, theme.background, 0.55), width: 1, highlight: false } } };
    const [left, right, bottom, top] = [stage.x[0], stage.x[stage.x.length - 1], stage.y[0], stage.y[stage.y.length - 1]];
    const layout = {
      width: this.node.parentElement?.clientWidth || 640, height: Math.min(560, Math.max(320, 0.62 * window.innerHeight)), margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, paper_bgcolor: 'rgba(0,0,0,0)', font: { family: theme.font, size: 12, color: theme.text }, uirevision: 'keep',
      scene: { uirevision: 'keep', aspectmode: 'manual', aspectratio: { x: 1.25, y: 1.25, z: 0.8 }, camera: { eye: { x: -1.1, y: -1.5, z: 1.1 } },
        xaxis: { ...axis, title: title(stage.axes[0]), range: [left, right] }, yaxis: { ...axis, title: title(stage.axes[1]), range: [bottom, top] }, zaxis: { ...axis, title: title(stage.lowest === null ? 'loss' : 'log10 of the loss') } },
    };
    Plotly.react(this.plot, [surface, ...lines], enlarge(layout, theme.big), { displayModeBar: false, showTips: false, responsive: false });
    if (!this.drawn) this.plot.on('plotly_relayout', () => this.theatre.moved());
    this.drawn = true;
    if (this.wanted) this.setZoom(this.wanted);
  }

  // Where it is looked at from, as Plotly's camera.
  zoom() { return this.plot._fullLayout?.scene?.camera || null; }

  setZoom(camera) {
    this.wanted = camera;
    if (this.drawn && camera && !Array.isArray(camera)) Plotly.relayout(this.plot, { 'scene.camera': camera });
  }

  // The part of a path that lies in the picture, a little above the ground.
  line(lane, t) {
    const { stage } = this.theatre;
    const [low, high] = minMax(stage.heights.flat());
    const found = { x: [], y: [], z: [] };
    for (let i = 0; i <= Math.min(t, stage.end(lane)); i += 1) {
      const inside = Number.isFinite(stage.lossAt(lane.xs[i], lane.ys[i]));
      found.x.push(inside ? lane.xs[i] : null);
      found.y.push(inside ? lane.ys[i] : null);
      found.z.push(inside ? stage.height(stage.lossAt(lane.xs[i], lane.ys[i])) + 0.012 * (high - low) : null);
    }
    return found;
  }

  frame(t) {
    const now = performance.now();
    clearTimeout(this.late);
    if (!this.drawn || now - (this.last || 0) < RELIEF_MS) { this.late = setTimeout(() => this.frame(this.theatre.t), RELIEF_MS); return; }
    this.last = now;
    const lines = this.lanes.map((lane) => this.line(lane, t));
    if (lines.length) Plotly.restyle(this.plot, { x: lines.map((one) => one.x), y: lines.map((one) => one.y), z: lines.map((one) => one.z) }, lines.map((_, i) => i + 1));
  }

  destroy() {
    clearTimeout(this.late);
    if (this.drawn) Plotly.purge(this.plot);
    this.drawn = false;
  }
}
