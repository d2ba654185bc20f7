// The view of a race: header, lanes, toolbar, panels.

class RaceHeader extends Header {
  facts(run, status) {
    const list = [];
    const add = (value, label) => list.push(el('span', { class: 'gc-fact' }, el('b', { text: value }), label ? ` ${label}` : ''));
    if (status.progress !== null && status.progress !== undefined) add(`${Math.floor(100 * status.progress)} %`, '');
    if (status.message && ['running', 'paused'].includes(status.word)) add(status.message, '');
    if (status.seconds) add(fmt.duration(status.seconds), 'of training');
    if (Number.isFinite(status.eta) && status.eta > 0) add(fmt.duration(status.eta), 'left');
    if (status.device) add(status.device, '');
    return list;
  }

  drawBanners() {
    const run = this.view.race;
    const status = run.status || {};
    const found = [];
    if (run.message) found.push(['bad', run.message]);
    else if (['failed', 'lost', 'stalled'].includes(status.word) && status.reason) found.push(['bad', `${status.word}: ${status.reason}`]);
    if (status.disk_full) found.push(['bad', 'The disk is full. The race goes on and keeps its newest rows in memory; free some space.']);
    for (const event of run.events.filter(({ kind }) => kind === 'lane_failed' || kind === 'refused')) {
      const lane = run.lanes[event.data.lane]?.name;
      found.push(['warn', `${lane ? `${lane} failed: ` : ''}${event.data.reason}`]);
    }
    this.banners.replaceChildren(...found.slice(-4).map(([tone, text]) => el('div', { class: `gc-banner gc-${tone}`, role: tone === 'bad' ? 'alert' : 'status', text })));
  }
}

class RaceView extends Board {
  constructor(root, raceId, options) {
    super(root, options);
    this.race = new RaceModel(raceId);
    this.runs = [this.race];
    this.several = false;
    this.task = 0;
    this.target = null;
    this.hiddenLanes = new Set();
    const kept = this.preferences.race || {};
    this.axis = AXES[kept.axis] ? kept.axis : 'step';
    this.band = ['t', 'range', 'none'].includes(kept.band) ? kept.band : 't';
    this.faint = kept.faint ?? true;
    const wanted = this.options.panels;
    this.charts = RACE_PANELS.filter(({ key }) => !wanted || wanted.includes(key)).map((spec) => new RACE_CHARTS[spec.kind](this, spec));
    this.header = new RaceHeader(this);
    this.build();
    this.watch();
  }

  build() {
    this.lanesNode = el('div', { class: 'gc-layers', role: 'group', 'aria-label': 'Show or hide a lane' });
    this.tasksNode = el('span', { class: 'gc-tasks', hidden: true });
    this.targetInput = el('input', { type: 'number', step: 'any', class: 'gc-number', 'aria-label': 'Target', title: 'The value that lanes race to: type it, or drag the dashed line',
      onchange: () => { const value = Number.parseFloat(this.targetInput.value); if (Number.isFinite(value)) this.setTarget(value); } });
    this.faintBox = el('input', { type: 'checkbox', onchange: () => this.prefer({ faint: this.faintBox.checked }) });
    this.faintBox.checked = this.faint;
    this.resetButton = el('button', { type: 'button', class: 'gc-button', title: 'Show everything again (or double-click a chart)', onclick: () => this.resetZoom() }, icon(ICONS.reset), 'Reset zoom');
    this.axisChoice = segmented('x axis', [['step', 'step', 'Optimizer steps'], ['epoch', 'epoch', 'Passes through the training set'], ['samples', 'samples', 'Training samples seen'], ['time', 'time', 'Steps times the time one step takes when the lane trains alone']], this.axis, (axis) => { this.resetZoom(); this.prefer({ axis }); });
    this.bandChoice = segmented('Band', [['t', '95 % of mean', 'The interval in which the mean over seeds lies with 95 % confidence (Student’s t)'], ['range', 'min–max', 'From the lowest to the highest seed'], ['none', 'none', 'No band']], this.band, (band) => this.prefer({ band }));
    const bar = el('div', { class: 'gc-toolbar' },
      this.tasksNode,
      el('span', { class: 'gc-label', text: 'x axis' }),
      this.axisChoice,
      el('span', { class: 'gc-label', text: 'band' }),
      this.bandChoice,
      el('label', { class: 'gc-slider', title: 'Each seed as a thin line' }, this.faintBox, el('span', { class: 'gc-label', text: 'seeds' })),
      el('label', { class: 'gc-slider' }, el('span', { class: 'gc-label', text: 'target' }), this.targetInput),
      this.resetButton);
    this.grid = el('div', { class: 'gc-grid' }, ...this.charts.map((chart) => chart.node));
    this.root.replaceChildren(this.header.node, this.lanesNode, bar, this.grid);
    this.header.draw();
  }

  prefer(changes) {
    Object.assign(this, changes);
    preferences.write({ race: { axis: this.axis, band: this.band, faint: this.faint } });
    this.redraw();
    this.moved();
  }

  view() {
    const { axis, band, faint, task } = this;
    return { axis, band, faint, task, target: this.targetSet ? this.target : null, lanes: [...this.hiddenLanes], x: rounded(this.range), ...super.view() };
  }

  // Takes over a view without remembering it as this viewer's wish.
  take(parts) {
    if (!this.race.lanes.length) { this.later = { ...this.later, ...parts }; return; }
    const { axis, band, faint, task, target, lanes, x } = parts;
    if (task !== undefined && task !== this.task) this.chooseTask(task);
    if (axis) { this.axis = axis; this.axisChoice.choose(axis); }
    if (band) { this.band = band; this.bandChoice.choose(band); }
    if (faint !== undefined) this.faint = this.faintBox.checked = faint;
    if (target !== undefined && target !== null) this.setTarget(target);
    else if (target === null) { this.targetSet = false; this.proposeTarget(); }
    if (lanes) { this.hiddenLanes = new Set(lanes); this.drawLanes(); }
    if (axis || x !== undefined) this.setRange(x ?? null);
    this.redraw();
    super.take(parts);
  }

  receive(message) {
    if (message.run !== this.race.id) return;
    const kind = this.race.apply(message);
    if (this.target === null || !this.targetSet) this.proposeTarget();
    this.header.draw();
    if (kind === 'all' || message.race) this.drawLanes();
    if (kind === 'all' && !this.asked) { this.asked = true; this.following.ready(); }
    if (kind === 'all' && this.later) { const later = this.later; this.later = null; this.take(later); }
    if (kind !== 'status') this.redraw();
    if (this.race.status?.word) this.options.onstatus?.(this.race.id, this.race.status);
  }

  proposeTarget() {
    const usual = this.race.usualTarget(this.task);
    if (usual === null) return;
    this.target = usual;
    if (document.activeElement !== this.targetInput) this.targetInput.value = fmt.short(usual);
  }

  setTarget(value) {
    this.target = Number(value.toPrecision(3));
    this.targetSet = true;
    this.targetInput.value = this.target;
    this.redraw();
    this.moved();
  }

  drawLanes() {
    const { race } = this;
    this.lanesNode.replaceChildren(...race.lanes.map((lane, index) => {
      const seeds = race.of(this.task, index);
      const astray = seeds.filter((member) => race.astray(member)).length;
      const said = [lane.state === 'racing' ? '' : lane.state, lane.racing ? '' : 'tuning', astray ? `✕ ${astray} of ${seeds.length} astray` : ''].filter(Boolean).join(', ');
      return el('button', {
        type: 'button', class: 'gc-layer gc-lane', 'aria-pressed': String(!this.hiddenLanes.has(lane.name) && lane.state !== 'dropped'), style: `--c:${runColour(this.theme, index)}`,
        title: `${lane.optimizer}, learning rate ${fmt.short(lane.lr)}${lane.tuned ? ', tuned' : ''}. Click to show or hide.`,
        onclick: () => { if (!this.hiddenLanes.delete(lane.name)) this.hiddenLanes.add(lane.name); this.drawLanes(); this.redraw(); this.moved(); },
      }, el('i'), lane.name, said ? el('small', { text: ` ${said}` }) : null);
    }));
    if (race.tasks.length > 1 && this.tasksTold !== race.tasks.join()) {
      this.tasksTold = race.tasks.join();
      this.tasksNode.hidden = false;
      this.taskChoice = segmented('Data set', race.tasks.map((name, i) => [String(i), name, name]), String(this.task), (key) => this.chooseTask(Number(key)));
      this.tasksNode.replaceChildren(this.taskChoice);
    }
  }

  chooseTask(task) {
    this.task = task;
    this.taskChoice?.choose(String(task));
    this.targetSet = false;
    this.proposeTarget();
    this.resetZoom();
    this.drawLanes();
    this.redraw();
  }

  themed() {
    this.drawLanes();
    this.header.draw();
  }

  lookAt() {}
}
