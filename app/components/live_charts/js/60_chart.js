// One panel: frame, buttons, and the Plotly chart in it. Made once, appended to after; zoom is never lost.

class Chart {
  constructor(view, spec) {
    this.view = view;
    this.spec = spec;
    const kept = view.preferences.panels?.[spec.key] || {};
    this.mode = spec.modes?.some(([key]) => key === kept.mode) ? kept.mode : spec.modes?.[0][0] || spec.key;
    this.logs = kept.logs || {};
    this.hidden = new Set(spec.off || []);
    this.pending = [];
    this.stale = true;
    this.held = false;
    this.onScreen = false;
    this.frame();
  }

  frame() {
    const { spec } = this;
    this.plot = el('div', { class: 'gc-plot' });
    this.legend = el('div', { class: 'gc-legend' });
    this.note = el('span', { class: 'gc-count' });
    this.floorNote = el('span', { class: 'gc-floor' });
    this.help = el('p', { class: 'gc-help', id: `${this.view.uid}-${spec.key}-help`, hidden: true, text: spec.help });
    const question = el('button', { type: 'button', class: 'gc-icon', 'aria-label': `What can I conclude from ${spec.title}?`,
      'aria-expanded': 'false', title: spec.help, onclick: () => {
        this.help.hidden = !this.help.hidden;
        question.setAttribute('aria-expanded', String(!this.help.hidden));
      } }, icon(ICONS.help));
    this.logButton = spec.noLog ? null : segmented(`Scale of ${spec.title}`, [['linear', 'lin', 'Linear scale'], ['log', 'log', 'Logarithmic scale']],
      this.log ? 'log' : 'linear', (key) => { this.logs[this.mode] = key === 'log'; this.remember(); this.redraw({ y: true }); this.moved(); });
    this.modes = spec.modes ? segmented(spec.title, spec.modes, this.mode, (key) => {
      this.mode = key;
      this.remember();
      this.showLog();
      this.redraw({ y: true });
      this.moved();
    }) : null;
    const save = el('button', { type: 'button', class: 'gc-icon', title: 'Download as PNG', 'aria-label': `Download ${spec.title} as PNG`,
      onclick: () => Plotly.downloadImage(this.plot, { format: 'png', scale: 2, filename: `${this.view.runs[0].id}-${spec.key}` }) }, icon(ICONS.download));
    this.node = el('section', { class: `gc-panel${spec.wide ? ' gc-wide' : ''}`, 'data-panel': spec.key, 'aria-label': spec.title },
      el('header', {}, el('h4', { text: spec.title }), el('span', { class: 'gc-tools' }, this.logButton, save, question)),
      this.help, el('div', { class: 'gc-second' }, this.modes, this.legend), this.plot, el('footer', {}, this.note, this.floorNote));
    this.spot = new Spot(this.node, this.plot, { shared: (x) => (this.timed ? this.view.shared(x) : x), own: (x) => (this.timed ? this.view.own(x) : x), layer: (py) => this.layerAt(py) });
    this.plot.addEventListener('mousedown', () => this.hold(), true);
    this.plot.addEventListener('touchstart', () => this.hold(), { capture: true, passive: true });
  }

  get log() { return this.logs[this.mode] ?? this.spec.log?.(this.mode) ?? false; }

  showLog() {
    this.logButton?.querySelectorAll('button').forEach((b) => b.setAttribute('aria-checked', String((b.dataset.key === 'log') === this.log)));
  }

  remember() {
    const panels = { ...preferences.read().panels };
    panels[this.spec.key] = { mode: this.mode, logs: this.logs };
    preferences.write({ panels });
  }

  hold() {
    this.held = true;
    const release = () => {
      window.removeEventListener('mouseup', release, true);
      window.removeEventListener('touchend', release, true);
      setTimeout(() => { this.held = false; this.view.schedule(this); }, 60);
    };
    window.addEventListener('mouseup', release, true);
    window.addEventListener('touchend', release, true);
  }

  // Told of every message; keeps additions until it is drawn.
  receive(run, kind, message) {
    if (kind === 'all') { this.stale = true; this.pending = []; } else if (kind === 'more' && !this.stale) {
      this.pending.push([run, message]);
      if (this.pending.length > 40) { this.stale = true; this.pending = []; }
    }
    this.view.schedule(this);
  }

  redraw({ y = false } = {}) {
    this.stale = true;
    this.forgetY = this.forgetY || y;
    this.view.schedule(this);
  }

  // Draws what is due. Returns false when there was nothing to do.
  draw() {
    if (this.held || !this.onScreen || (!this.stale && !this.pending.length)) return false;
    if (this.stale || !this.drawn) {
      this.stale = false;
      this.pending = [];
      this.full();
    } else {
      const pending = this.pending;
      this.pending = [];
      this.append(pending);
    }
    return true;
  }

  full() {
    const { traces, layout = {}, note, floor, legend, empty } = this.build();
    const kept = this.zoom();
    const { big } = this.view.theme;
    const whole = enlarge(this.layout(layout), big);
    enlarge(traces, big);
    whole.height *= big;
    whole.margin = Object.fromEntries(Object.entries(whole.margin).map(([side, pixels]) => [side, pixels * big]));
    if (kept.x && whole.xaxis) Object.assign(whole.xaxis, { range: kept.x, autorange: false });
    if (kept.y && !this.forgetY) Object.assign(whole.yaxis, { range: kept.y, autorange: false });
    this.forgetY = false;
    this.setNote(note, floor);
    this.setLegend(legend);
    this.plot.classList.toggle('gc-empty', Boolean(empty));
    this.plot.dataset.empty = empty || '';
    if (!this.drawn) {
      this.drawn = true;
      Plotly.newPlot(this.plot, traces, whole, { displayModeBar: false, displaylogo: false, responsive: false, doubleClick: false, showTips: false });
      this.listen();
    } else {
      Plotly.react(this.plot, traces, whole);
    }
    if (this.takenY !== undefined) this.setY();
    if (this.spot.place) this.spot.draw();
  }

  setNote(note, floor) {
    this.note.textContent = note || '';
    this.note.title = 'At most 1,000 points are drawn of each line. The highest and the lowest value of every stretch are always among them, and every NaN or Inf is marked.';
    this.floorNote.textContent = floor || '';
  }

  setLegend(items) {
    const signature = JSON.stringify(items || []);
    if (signature === this.legendTold) return;
    this.legendTold = signature;
    this.legend.replaceChildren(...(items || []).map(({ key, text, colour, dash, opacity }) => el('button', {
      type: 'button', 'aria-pressed': String(!this.hidden.has(key)), class: 'gc-key', title: 'Show or hide',
      onclick: () => { if (!this.hidden.delete(key)) this.hidden.add(key); this.legendTold = null; this.redraw(); this.moved(); },
    }, el('i', { class: `gc-line gc-${dash || 'solid'}`, style: `--c:${fade(colour, Math.max(0.4, opacity ?? 1))}` }), text)));
    this.legend.hidden = !items?.length;
  }

  // The ranges a person has chosen, or null where the axis follows the data.
  zoom() {
    const full = this.drawn ? this.plot._fullLayout : null;
    const of = (axis) => (axis && axis.autorange === false && !axis.gcFixed ? axis.range.slice() : null);
    return { x: this.wantedX || (this.timed ? of(full?.xaxis) : null), y: this.userY ? of(full?.yaxis) : null };
  }

  layout(extra) {
    const { theme } = this.view;
    const axis = {
      gridcolor: theme.grid, linecolor: theme.axis, zeroline: false, ticks: '', automargin: true, tickfont: { size: 12, color: theme.muted },
      title: { font: { size: 12, color: theme.muted }, standoff: 6 }, exponentformat: 'power', nticks: 7, showline: false,
    };
    const { xaxis = {}, yaxis = {}, ...rest } = extra;
    const title = (part) => ({ ...axis.title, text: part.name || '' });
    return {
      margin: { l: 48, r: 14, t: 18, b: 36, pad: 0 }, height: this.spec.height || this.view.options.panelHeight, autosize: true, showlegend: false,
      paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', dragmode: 'zoom', hovermode: 'closest', hoverdistance: 24,
      font: { family: theme.font, size: 12, color: theme.text }, uirevision: 'keep',
      hoverlabel: { bgcolor: mix(theme.background, theme.text, 0.06), bordercolor: theme.axis, font: { family: theme.font, size: 12, color: theme.text }, align: 'left' },
      ...rest,
      xaxis: { ...axis, showgrid: false, ...xaxis, title: title(xaxis) },
      yaxis: { ...axis, ...yaxis, title: title(yaxis) },
    };
  }

  listen() {
    this.plot.on('plotly_relayout', (change) => {
      if (this.quiet) return;
      const keys = Object.keys(change);
      if (keys.some((key) => key.startsWith('yaxis.range'))) { this.userY = true; this.moved(); }
      if (this.timed && 'xaxis.range[0]' in change) this.view.zoomTo(this, [change['xaxis.range[0]'], change['xaxis.range[1]']]);
    });
    this.plot.on('plotly_doubleclick', () => { this.view.resetZoom(); return false; });
    this.plot.on('plotly_click', (event) => {
      const layer = this.layerOf(event.points[0]);
      if (layer) this.view.highlight(layer);
    });
    this.plot.on('plotly_hover', ({ points }) => { this.under = points; });
    this.plot.on('plotly_unhover', () => { this.under = null; });
  }

  layerOf(point) { return point?.data?.meta?.layer; }

  // Sets or clears (null) the range of the x axis without touching anything else.
  setX(range) {
    this.wantedX = range;
    if (!range) this.userY = false;
    if (!this.drawn) return;
    if ((!this.onScreen || this.held) && range) { this.redraw(); return; } // a reset is done at once: Plotly.react would keep the zoom
    this.quiet = true;
    const change = range ? { 'xaxis.range': range.slice(), 'xaxis.autorange': false } : { 'xaxis.autorange': true, 'yaxis.autorange': true };
    Promise.resolve(Plotly.relayout(this.plot, change)).finally(() => { this.quiet = false; });
  }

  // The layer nearest to a height of the axes, in pixels, among what is under the mouse.
  layerAt(py) {
    const away = ({ y }) => Math.abs(this.plot._fullLayout.yaxis.d2p(y) - py);
    const nearest = (this.under || []).filter((point) => this.layerOf(point)).sort((a, b) => away(a) - away(b))[0];
    return nearest ? this.layerOf(nearest) : null;
  }

  moved() { this.view.moved(this); }

  // What of this panel a class follows; its x is that of all panels.
  kept() {
    const axis = this.userY && this.drawn ? this.plot._fullLayout.yaxis : null;
    return { mode: this.mode, log: this.log, y: axis ? rounded(axis.range) : null, hidden: [...this.hidden].slice(0, 40) };
  }

  // Takes over what another's `kept` says, without remembering it as this viewer's wish.
  take({ mode, log, y, hidden }) {
    if (this.spec.modes?.some(([key]) => key === mode)) { this.mode = mode; this.modes.choose(mode); }
    if (!this.spec.noLog && log !== this.log) this.logs = { ...this.logs, [this.mode]: log };
    this.showLog();
    this.hidden = new Set(hidden);
    this.legendTold = null;
    this.takenY = y;
    this.redraw({ y: true });
  }

  // The range of the y axis as taken over; null lets it follow the data.
  setY() {
    const range = this.takenY;
    const nothing = !range && !this.userY;
    this.takenY = undefined;
    this.userY = Boolean(range);
    if (nothing) return;
    this.quiet = true;
    Promise.resolve(Plotly.relayout(this.plot, range ? { 'yaxis.range': range, 'yaxis.autorange': false } : { 'yaxis.autorange': true })).finally(() => { this.quiet = false; });
  }

  resize() { if (this.drawn && this.onScreen) Plotly.Plots.resize(this.plot); }

  destroy() {
    if (this.drawn) Plotly.purge(this.plot);
    this.drawn = false;
  }
}
