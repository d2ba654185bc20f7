// The surface from above: Plotly's contours, and on a canvas over it the paths, drawn anew at every frame.

const TAP_PIXELS = 5;
const NEAR_PIXELS = 14;
const COARSE = window.matchMedia('(pointer: coarse)').matches;

class ContourMap {
  constructor(theatre) {
    this.theatre = theatre;
    this.plot = el('div', { class: 'gc-plot' });
    this.tip = el('div', { class: 'gc-tip', hidden: true });
    this.node = el('div', { class: 'gc-map' }, this.plot, this.tip);
    this.spot = new Spot(this.node, this.plot);
    this.listen();
  }

  listen() {
    let down = null;
    this.node.addEventListener('pointerdown', (event) => { down = [event.clientX, event.clientY]; }, true);
    this.node.addEventListener('pointermove', (event) => this.hover(event), true);
    this.node.addEventListener('pointerleave', () => { this.tip.hidden = true; });
    this.onUp = (event) => {
      if (!down || Math.hypot(event.clientX - down[0], event.clientY - down[1]) > TAP_PIXELS) { down = null; return; }
      down = null;
      const place = this.place(event);
      if (place && this.theatre.stage.clickable) this.theatre.begin([Number(place.x.toPrecision(4)), Number(place.y.toPrecision(4))]);
    };
    window.addEventListener('pointerup', this.onUp, true);
  }

  // The numbers under the pointer, or null outside of the axes.
  place(event) {
    const layout = this.plot._fullLayout;
    if (!layout?.xaxis) return null;
    const box = this.plot.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left - layout.xaxis._offset, event.clientY - box.top - layout.yaxis._offset];
    if (px < 0 || py < 0 || px > layout.xaxis._length || py > layout.yaxis._length) return null;
    return { x: layout.xaxis.p2d(px), y: layout.yaxis.p2d(py), px: event.clientX - box.left, py: event.clientY - box.top };
  }

  draw() {
    const { stage, theme } = this.theatre;
    const width = this.node.parentElement?.clientWidth || 640;
    const [left, right] = [stage.x[0], stage.x[stage.x.length - 1]];
    const [bottom, top] = [stage.y[0], stage.y[stage.y.length - 1]];
    const margin = { l: 44 * theme.big, r: (width < 480 ? 46 : 58) * theme.big, t: 8, b: 34 * theme.big, pad: 0 };
    const ratio = stage.equal ? (top - bottom) / (right - left) : 0.75;
    const tallest = Math.min(560, Math.max(320, 0.72 * window.innerHeight));
    const inner = Math.min(width - margin.l - margin.r, tallest / ratio);
    const [low, high] = minMax(stage.heights.flat());
    const size = niceSize(low, high, stage.lowest === null ? 14 : 16);
    const log = stage.lowest !== null;
    const ticks = log ? Array.from({ length: 30 }, (_, i) => Math.ceil(low) + i).filter((value) => value <= high) : null;
    const axis = { gridcolor: theme.grid, zeroline: false, showgrid: false, tickfont: { size: 12, color: theme.muted }, ticks: '', nticks: 7, fixedrange: COARSE };
    const title = (text) => ({ text, font: { size: 12, color: theme.muted }, standoff: 4 });
    const traces = [{
      type: 'contour', x: stage.x, y: stage.y, z: stage.heights, hoverinfo: 'skip', colorscale: heightScale(theme), zmin: low, zmax: high,
      autocontour: false, contours: { start: size * Math.ceil(low / size), end: high, size, coloring: 'fill' }, line: { width: 0.7, color: mix(theme.text, theme.background, 0.62) },
      colorbar: { thickness: 9, outlinewidth: 0, len: 1, x: 1.015, xpad: 0, ypad: 4, tickfont: { size: 11, color: theme.muted }, nticks: 6, tickformat: log ? '' : '~g',
        ...(log ? { tickvals: ticks, ticktext: ticks.map((value) => (value >= -2 && value <= 3 ? String(Number((10 ** value).toPrecision(1))) : `1e${value}`)) } : {}) },
    }, {
      type: 'scatter', mode: 'markers', x: stage.minima.map(([x]) => x), y: stage.minima.map(([, y]) => y), hoverinfo: 'skip',
      marker: { symbol: 'star', size: 13, color: theme.background, line: { color: theme.text, width: 1.5 } },
    }];
    const layout = {
      width: inner + margin.l + margin.r, height: inner * ratio + margin.t + margin.b, margin, showlegend: false, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
      hovermode: false, dragmode: COARSE ? false : 'zoom', font: { family: theme.font, size: 12, color: theme.text },
      xaxis: { ...axis, range: [left, right], title: title(stage.axes[0]) }, yaxis: { ...axis, range: [bottom, top], title: title(stage.axes[1]) },
    };
    drawUnder(this, traces, layout);
    if (this.wanted) this.setZoom(this.wanted);
    this.spot.draw();
  }

  // The ranges of both axes as chosen by hand, [x0, x1, y0, y1]; null for the whole surface.
  zoom() {
    const { xaxis, yaxis } = this.plot._fullLayout || {};
    const { x, y } = this.theatre.stage;
    const whole = [x[0], x[x.length - 1], y[0], y[y.length - 1]];
    const now = xaxis ? [...xaxis.range, ...yaxis.range] : whole;
    return now.every((value, i) => Math.abs(value - whole[i]) < 1e-9 * (1 + Math.abs(whole[i]))) ? null : rounded(now);
  }

  setZoom(zoom) {
    const { x, y } = this.theatre.stage;
    const [left, right, bottom, top] = zoom || [x[0], x[x.length - 1], y[0], y[y.length - 1]];
    this.wanted = zoom;
    if (this.overlay) Plotly.relayout(this.plot, { 'xaxis.range': [left, right], 'yaxis.range': [bottom, top] });
  }

  frame(t) {
    const drawn = this.overlay?.begin();
    if (!drawn) return;
    const { stage, theme, lane: chosen } = this.theatre;
    const { pen, x, y } = drawn;
    const halo = fade(theme.background, 0.85);
    pen.lineJoin = 'round';
    pen.lineCap = 'round';
    const heads = [];
    for (const lane of stage.lanes) {
      if (lane.refused) continue;
      const now = stage.at(lane, t);
      const colour = laneColour(theme, lane);
      pen.beginPath();
      pen.moveTo(x(lane.xs[0]), y(lane.ys[0]));
      for (let i = 1; i <= now.whole; i += 1) pen.lineTo(x(lane.xs[i]), y(lane.ys[i]));
      pen.lineTo(x(now.x), y(now.y));
      pen.strokeStyle = halo;
      pen.lineWidth = 4.5;
      pen.stroke();
      pen.strokeStyle = colour;
      pen.lineWidth = lane.index === chosen ? 2.6 : 2;
      pen.stroke();
      const dots = now.whole <= 80 ? now.whole : 0;
      pen.fillStyle = colour;
      for (let i = 1; i <= dots; i += 1) { pen.beginPath(); pen.arc(x(lane.xs[i]), y(lane.ys[i]), 2.2, 0, 7); pen.fill(); }
      heads.push([lane, x(now.x), y(now.y), colour]);
    }
    if (stage.start) {
      pen.beginPath();
      pen.arc(x(stage.start[0]), y(stage.start[1]), 5, 0, 7);
      pen.fillStyle = theme.background;
      pen.strokeStyle = theme.text;
      pen.lineWidth = 2;
      pen.fill();
      pen.stroke();
    }
    pen.font = `700 11px ${theme.font}`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    heads.sort(([a], [b]) => (a.index === chosen) - (b.index === chosen));
    for (const [lane, px, py, colour] of heads) {
      pen.beginPath();
      pen.arc(px, py, 8.5, 0, 7);
      pen.fillStyle = colour;
      pen.strokeStyle = lane.index === chosen ? theme.text : theme.background;
      pen.lineWidth = 1.8;
      pen.fill();
      pen.stroke();
      pen.fillStyle = theme.dark ? '#0e1618' : '#ffffff';
      pen.fillText(String(lane.index + 1), px, py + 0.5);
    }
    pen.restore();
  }

  // What is under the pointer: the nearest point of a path, or the surface itself.
  hover(event) {
    const place = event.pointerType === 'mouse' ? this.place(event) : null;
    this.tip.hidden = !place;
    if (!place) return;
    const { stage, t } = this.theatre;
    const { xaxis, yaxis } = this.plot._fullLayout;
    let best = null;
    for (const lane of stage.lanes) {
      if (lane.refused) continue;
      for (let i = 0; i <= Math.min(t, stage.end(lane)); i += 1) {
        const away = Math.hypot(xaxis._offset + xaxis.d2p(lane.xs[i]) - place.px, yaxis._offset + yaxis.d2p(lane.ys[i]) - place.py);
        if (away < NEAR_PIXELS && (!best || away <= best.away)) best = { lane, i, away };
      }
    }
    const found = best
      ? [`${best.lane.index + 1} ${best.lane.name}, ${stage.stepName(best.i)}`, best.lane.xs[best.i], best.lane.ys[best.i], best.lane.losses[best.i]]
      : [stage.clickable ? 'click to start here' : '', place.x, place.y, stage.lossAt(place.x, place.y)];
    this.tip.replaceChildren(...(found[0] ? [el('b', { text: found[0] })] : []), el('span', { text: `(${fmt.short(found[1], 3)}, ${fmt.short(found[2], 3)})  loss ${fmt.short(found[3])}` }));
    const right = place.px > this.plot.clientWidth * 0.6;
    this.tip.style.left = right ? 'auto' : `${place.px + 14}px`;
    this.tip.style.right = right ? `${this.node.clientWidth - place.px + 14}px` : 'auto';
    this.tip.style.top = `${Math.max(0, place.py - 40)}px`;
  }

  destroy() {
    window.removeEventListener('pointerup', this.onUp, true);
    if (this.overlay) Plotly.purge(this.plot);
  }
}
