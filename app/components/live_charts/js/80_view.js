// The view of one run, or of several laid over each other: header, toolbar, layers, panels.

const TAUS = [0, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000];

class View extends Board {
  constructor(root, runIds, options) {
    super(root, options);
    this.ids = runIds;
    this.several = runIds.length > 1;
    this.runs = runIds.map((id, index) => new RunModel(id, index));
    this.axis = { key: ['step', 'epoch', 'time'].includes(this.preferences.axis) ? this.preferences.axis : 'step' };
    this.setAxis();
    this.smoothing = this.preferences.smoothing;
    this.tau = 0;
    this.layer = null;
    const wanted = this.options.panels;
    this.charts = PANELS.filter(({ key }) => !wanted || wanted.includes(key)).map((spec) => new CHARTS[spec.kind](this, spec));
    this.header = new Header(this);
    this.build();
    this.watch();
  }

  build() {
    this.slider = el('input', { type: 'range', min: 0, max: TAUS.length - 1, step: 1, value: this.smoothing ?? 0, 'aria-label': 'Smoothing', oninput: () => {
      this.smoothing = Number(this.slider.value);
      preferences.write({ smoothing: this.smoothing });
      this.setTau();
      this.redraw();
      this.moved();
    } });
    this.sliderText = el('output', { class: 'gc-out' });
    this.layersNode = el('div', { class: 'gc-layers', role: 'group', 'aria-label': 'Highlight a layer' });
    this.resetButton = el('button', { type: 'button', class: 'gc-button', title: 'Show everything again (or double-click a chart)', onclick: () => this.resetZoom() }, icon(ICONS.reset), 'Reset zoom');
    this.axisChoice = segmented('x axis', [['step', 'step', 'Optimizer steps'], ['epoch', 'epoch', 'Passes through the training set'], ['time', 'time', 'Time spent training, pauses left out']], this.axis.key, (key) => {
      this.chooseAxis(key);
      preferences.write({ axis: key });
    });
    const bar = el('div', { class: 'gc-toolbar' },
      el('span', { class: 'gc-label', text: 'x axis' }),
      this.axisChoice,
      el('label', { class: 'gc-slider', title: 'Debiased exponential moving average over all rows; the raw line stays behind it' }, el('span', { class: 'gc-label', text: 'smoothing' }), this.slider, this.sliderText),
      this.resetButton);
    this.grid = el('div', { class: 'gc-grid' }, ...this.charts.map((chart) => chart.node));
    this.setTau();
    this.root.replaceChildren(this.header.node, bar, this.layersNode, this.grid);
    this.root.classList.toggle('gc-several', this.several);
    this.header.draw();
  }

  receive(message) {
    const run = this.runs.find((one) => one.id === message.run);
    if (!run) return;
    const before = run.status?.word;
    const kind = run.apply(message);
    if (kind === 'all') { this.setTau(); this.setAxis(); this.drawLayers(); }
    if (kind === 'all' && !this.asked) { this.asked = true; this.following.ready(); }
    if (kind === 'all' && this.later) { const later = this.later; this.later = null; this.take(later); }
    if (kind === 'all' && this.wanted) { const wanted = this.wanted; this.wanted = null; setTimeout(() => this.lookAt(wanted), 50); }
    this.header.draw();
    if (kind !== 'status') this.charts.forEach((chart) => chart.receive(run, kind, message));
    else if (before !== run.status?.word) this.charts.forEach((chart) => { if (!chart.drawn) chart.redraw(); });
    if (run.crowded && this.options.refresh) { run.refreshing = true; this.options.refresh([run.id]); }
    if (run.status?.word) this.options.onstatus?.(run.id, run.status);
  }

  setTau() {
    const longest = Math.max(1, ...this.runs.map((run) => run.status?.total_steps || run.step || 1));
    const automatic = TAUS.findLastIndex ? TAUS.findLastIndex((tau) => tau <= longest / 80) : 3;
    const at = this.smoothing ?? Math.max(0, automatic);
    this.slider.value = at;
    this.tau = TAUS[at];
    this.sliderText.textContent = this.tau ? `${fmt.whole(this.tau)} steps` : 'off';
  }

  setAxis() {
    const { key } = this.axis;
    const longest = Math.max(0, ...this.runs.map((run) => run.clock[1].at(-1) || 0));
    const [unit, text] = longest > 7200 ? [3600, 'hours'] : longest > 180 ? [60, 'minutes'] : [1, 'seconds'];
    const sizes = [...new Set(this.runs.map((run) => run.meta.steps_per_epoch).filter(Boolean))];
    this.axis = { key, unit, title: { step: 'step', epoch: sizes.length > 1 ? 'epoch (of each run)' : 'epoch', time: `${text} of training` }[key] };
  }

  chooseAxis(key) {
    const run = this.runs.find((one) => one.loaded);
    const range = this.charts.find((chart) => chart.wantedX)?.wantedX;
    const steps = range && run ? range.map((value) => run.stepOf(value, this.axis)) : null;
    this.axis = { key };
    this.setAxis();
    const moved = steps ? steps.map((step) => run.x(step, this.axis)) : null;
    this.charts.forEach((chart) => { if (chart.timed) { chart.wantedX = moved; if (!moved && chart.drawn) chart.plot._fullLayout.xaxis.autorange = true; } });
    this.redraw();
    this.moved();
  }

  // Show a stretch of steps on all time axes, mark a layer, bring a panel into sight.
  lookAt({ panel, from, to, layer }) {
    const run = this.runs.find((one) => one.loaded);
    if (!run) { this.wanted = { panel, from, to, layer }; return; }
    const room = Math.max(5, 0.25 * (to - from));
    this.layer = layer && run.layers.includes(layer) ? layer : null;
    this.drawLayers();
    this.zoomTo(null, [Math.max(0, from - room), to + room].map((step) => run.x(step, this.axis)));
    this.redraw();
    const chart = this.charts.find((one) => one.spec.key === panel);
    chart?.node.scrollIntoView({ behavior: 'smooth', block: 'center' });
    this.moved(chart);
  }

  highlight(layer) {
    this.layer = this.layer === layer ? null : layer;
    this.drawLayers();
    this.redraw();
    this.moved();
  }

  // The layer to bring out: the one pointed at, else the one chosen.
  get lit() { return this.pointedAt || this.layer; }

  light(layer) {
    this.pointedAt = layer;
    this.redraw();
  }

  toggleRun(run) {
    run.visible = !run.visible;
    this.header.draw();
    this.redraw();
    this.moved();
  }

  // The run by whose clock time and steps are turned into each other.
  get clock() { return this.runs.find((run) => run.loaded); }

  shared(x) { return this.clock ? this.clock.stepOf(x, this.axis) : x; }

  own(step) { return this.clock ? this.clock.x(step, this.axis) : step; }

  view() {
    const x = this.range && this.clock ? rounded(this.range.map((value) => this.shared(value))) : null;
    const hidden = this.runs.filter((run) => !run.visible).map(({ id }) => id);
    return { axis: this.axis.key, smoothing: this.smoothing ?? null, layer: this.layer, hidden, x, ...super.view() };
  }

  take(parts) {
    if (!this.clock) { this.later = { ...this.later, ...parts }; return; }
    const { axis, smoothing, layer, hidden, x } = parts;
    if (axis) { this.axisChoice.choose(axis); this.chooseAxis(axis); }
    if (smoothing !== undefined) { this.smoothing = smoothing; this.setTau(); }
    if (layer !== undefined) { this.layer = layer; this.drawLayers(); }
    if (hidden) { this.runs.forEach((run) => { run.visible = !hidden.includes(run.id); }); this.header.draw(); }
    if (x !== undefined) this.setRange(x && x.map((step) => this.own(step)));
    this.redraw();
    super.take(parts);
  }

  drawLayers() {
    const layers = [...new Set(this.runs.flatMap((run) => run.layers))];
    const chosen = this.several && layers.length && !this.layer ? layers[0] : this.layer;
    this.layersNode.hidden = !layers.length;
    this.layersNode.replaceChildren(
      el('span', { class: 'gc-label', text: this.several ? 'layer' : 'layers', title: this.several ? 'The layer shown in the charts per layer' : 'Click one to highlight it everywhere' }),
      ...layers.map((name, i) => {
        const facts = this.runs.flatMap((run) => run.meta.layers || []).find((layer) => layer.name === name);
        return el('button', {
          type: 'button', class: 'gc-layer', 'aria-pressed': String(name === chosen), style: `--c:${this.several ? this.theme.muted : layerColour(this.theme, i, layers.length)}`,
          title: facts ? `${facts.type}, ${fmt.whole(facts.parameters)} parameters` : name, onclick: () => this.highlight(name),
        }, el('i'), name);
      }));
  }

  themed() {
    this.drawLayers();
    this.header.draw();
  }
}
