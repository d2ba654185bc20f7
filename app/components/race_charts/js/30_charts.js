// The charts of a race. Each builds all its traces anew from the model; zoom and hidden lanes stay.

class RaceChart extends Chart {
  constructor(view, spec) {
    super(view, { ...spec, title: spec.title(view.race) });
    this.source = spec;
    this.timed = spec.kind === 'lines';
  }

  full() {
    const title = this.error ? 'Validation error (1 − accuracy)' : this.source.title(this.view.race);
    this.node.querySelector('h4').textContent = title;
    super.full();
  }

  // Lanes that are shown, with colour and dash.
  lanes() {
    const { race, view } = { race: this.view.race, view: this.view };
    return race.lanes.map((lane, index) => ({ ...lane, index, colour: runColour(view.theme, index) }))
      .filter((lane) => lane.state !== 'dropped' && !view.hiddenLanes.has(lane.name) && race.of(view.task, lane.index).length);
  }

  hover(lane, text) { return `<b>${escaped(lane.name)}</b><br>${text}<extra></extra>`; }
}

const LEAST_ERROR = 1e-3; // on a log scale an error of zero has to be drawn somewhere

class RaceLines extends RaceChart {
  get log() { return super.log && !(this.source?.target && this.view.race.metric === 'val_r2'); }

  // On a log scale an accuracy, or the like, is drawn as its distance to one: that is where late differences show.
  get error() { return Boolean(this.log && this.source?.target && ['val_accuracy', 'val_f1', 'val_balanced_accuracy'].includes(this.view.race.metric)); }

  build() {
    const { race, axis, band, task } = this.view;
    const name = this.source.series(race);
    const flipped = this.error;
    const shown = (value) => (flipped && value !== null && value !== undefined ? Math.max(1 - value, LEAST_ERROR) : value);
    const traces = [];
    const astray = [];
    let rows = 0;
    let extent = [Infinity, -Infinity];
    for (const lane of this.lanes()) {
      const lines = race.seeds(task, lane.index, this.source.source, name, axis).map((line) => ({ ...line, y: flipped ? line.y.map(shown) : line.y }));
      if (!lines.length) continue;
      rows = Math.max(rows, ...lines.map(({ y }) => y.length));
      const geometric = this.log && !this.source.target; // the verdict is on plain means
      const mean = race.mean(lines, band, geometric);
      extent = minMax(mean.y.filter((value) => value > 0), ...extent);
      const positive = Math.min(...lines.flatMap(({ y }) => y.filter((value) => value > 0)));
      const floor = (value) => (this.log && !(value > 0) ? positive : value);
      if (band !== 'none' && lines.length > 1) {
        const known = mean.x.map((_, i) => i).filter((i) => Number.isFinite(mean.low[i]) && Number.isFinite(mean.high[i]));
        traces.push({
          type: 'scatter', mode: 'lines', hoverinfo: 'skip', line: { width: 0 }, fill: 'toself', fillcolor: fade(lane.colour, 0.16),
          x: [...known.map((i) => mean.x[i]), ...known.map((i) => mean.x[i]).reverse()],
          y: [...known.map((i) => floor(mean.low[i])), ...known.map((i) => mean.high[i]).reverse()],
        });
      }
      if (this.view.faint && lines.length > 1) {
        const all = { x: [], y: [] };
        for (const line of lines) {
          const drawn = this.source.spikes ? withSpikes(race, line, axis) : line;
          all.x.push(...drawn.x, null);
          all.y.push(...drawn.y, null);
        }
        traces.push({ type: 'scatter', mode: 'lines', hoverinfo: 'skip', x: all.x, y: all.y, line: { color: fade(lane.colour, 0.38), width: 1 } });
      }
      traces.push({
        type: 'scatter', mode: 'lines', x: mean.x, y: mean.y, customdata: mean.count,
        line: { color: lane.colour, width: 2.6, dash: DASHES[Math.floor(lane.index / 4) % DASHES.length] },
        hovertemplate: this.hover(lane, `%{y:.4g} at %{x:.4g}, ${geometric ? 'geometric mean' : 'mean'} of %{customdata} ${lines.length === 1 ? 'seed' : 'seeds'}`),
      });
      for (const { member, x, y } of lines) {
        if (!race.astray(member)) continue;
        const last = y.findLastIndex((value) => value !== null && Number.isFinite(value));
        if (last >= 0) astray.push([x[last], y[last], lane, member]);
      }
    }
    if (astray.length) {
      traces.push({
        type: 'scatter', mode: 'markers', x: astray.map(([x]) => x), y: astray.map(([, y]) => y),
        marker: { symbol: 'x', size: 9, color: this.view.theme.red }, text: astray.map(([, , lane, member]) => `${escaped(lane.name)}, seed ${member.seed}: not a finite number from here on`),
        hovertemplate: '%{text}<extra></extra>',
      });
    }
    const logAxis = this.log && extent[1] > 1.2 * extent[0]; // a log scale of one value is nothing but ticks
    const shapes = [];
    const annotations = [];
    for (const y of this.source.guides || []) shapes.push({ type: 'line', xref: 'paper', x0: 0, x1: 1, y0: y, y1: y, line: { color: this.view.theme.muted, width: 1, dash: 'dash' } });
    const target = this.source.target ? shown(this.view.target) : null;
    if (target !== null && target !== undefined) {
      shapes.unshift({ type: 'line', xref: 'paper', x0: 0, x1: 1, y0: target, y1: target, editable: true, line: { color: this.view.theme.text, width: 1.6, dash: 'dash' } });
      annotations.push({ xref: 'paper', x: 1, y: logAxis ? Math.log10(target) : target, xanchor: 'right', yanchor: 'bottom', showarrow: false, text: `target ${fmt.short(this.view.target)}`, font: { size: 12, color: this.view.theme.text } });
    }
    return {
      traces,
      layout: { xaxis: { name: AXES[axis], ...(axis === 'step' ? { tickformat: ',d' } : {}) }, yaxis: logAxis ? { type: 'log', dtick: extent[1] > 20 * extent[0] ? Math.max(1, Math.ceil(Math.log10(extent[1] / extent[0]) / 6)) : 'D2' } : { type: 'linear', rangemode: 'tozero' }, shapes, annotations },
      note: rows ? `${fmt.whole(rows)} points a seed${this.source.spikes ? ', the worst step of each stretch kept' : ''}${this.log && !this.source.target ? '; bold: geometric mean' : ''}` : '',
      empty: traces.length ? '' : 'Nothing recorded yet.',
    };
  }

  listen() {
    super.listen();
    if (!this.source.target) return;
    this.plot.on('plotly_relayout', (change) => {
      const y = change['shapes[0].y0'];
      if (y !== undefined && Number.isFinite(y)) this.view.setTarget(this.error ? 1 - y : y);
    });
  }
}

// A seed's line through the means of its stretches, with the worst step put in where it stands out.
function withSpikes(race, { member, x, y, rows }, axis) {
  const found = { x: [], y: [] };
  for (let i = 0; i < y.length; i += 1) {
    const worst = rows.loss_worst[i];
    if (worst !== null && y[i] !== null && worst > 2 * y[i]) {
      found.x.push(race.x(member, rows.worst_step[i], axis));
      found.y.push(worst);
    }
    found.x.push(x[i]);
    found.y.push(y[i]);
  }
  return found;
}

function escaped(text) {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

// One row per lane: a dot for each seed and a bar at their mean.
class RaceStrip extends RaceChart {
  points() {
    const { race, task } = this.view;
    const name = race.metric;
    return { name: SCORES[name], of: (lane) => race.finals(task, lane.index, name).map(({ seed, value, astray }) => ({ seed, value, note: astray ? 'astray' : '' })) };
  }

  build() {
    const { name, of } = this.points();
    const lanes = this.lanes();
    const traces = [];
    const annotations = [];
    lanes.forEach((lane, row) => {
      const points = of(lane);
      const known = points.filter(({ value }) => value !== null && Number.isFinite(value));
      const lift = (i) => (known.length > 1 ? 0.22 * ((2 * i) / (known.length - 1) - 1) : 0);
      traces.push({
        type: 'scatter', mode: 'markers', x: known.map(({ value }) => value), y: known.map((_, i) => row + lift(i)), text: known.map(({ seed }) => `seed ${seed}`),
        marker: { size: 10, color: fade(lane.colour, 0.75), line: { width: 1, color: this.view.theme.background } }, hovertemplate: this.hover(lane, '%{text}: %{x:.4g}'),
      });
      if (known.length) {
        const middle = known.reduce((sum, { value }) => sum + value, 0) / known.length;
        traces.push({ type: 'scatter', mode: 'lines', x: [middle, middle], y: [row - 0.36, row + 0.36], line: { color: lane.colour, width: 3 }, hovertemplate: this.hover(lane, 'mean %{x:.4g}') });
      }
      const missing = points.length - known.length;
      if (missing) annotations.push({ xref: 'paper', x: 1.01, y: row, xanchor: 'left', showarrow: false, font: { size: 12, color: this.view.theme.red }, text: this.missing(missing, points.length) });
    });
    return {
      traces,
      layout: {
        hovermode: 'closest', annotations, margin: { l: 48, r: annotations.length ? 108 : 14, t: 8, b: 36 },
        height: Math.max(160, 46 * lanes.length + 60),
        xaxis: { name, showgrid: true, gridcolor: this.view.theme.grid },
        yaxis: { tickvals: lanes.map((_, i) => i), ticktext: lanes.map((lane) => escaped(lane.name)), range: [lanes.length - 0.4, -0.6], autorange: false, showgrid: false, fixedrange: true },
      },
      empty: traces.some(({ x }) => x.length) ? '' : this.emptyText(),
    };
  }

  missing(count, all) { return `✕ ${count} of ${all} astray`; }

  emptyText() { return 'The first evaluation has not come yet.'; }
}

class RaceArrival extends RaceStrip {
  points() {
    const { race, task, axis, target } = this.view;
    return {
      name: AXES[axis],
      of: (lane) => (target === null ? [] : race.reached(task, lane.index, race.metric, target, axis).map(({ seed, x }) => ({ seed, value: x }))),
    };
  }

  full() {
    super.full();
    this.node.querySelector('h4').textContent = this.view.target === null ? 'When the target is reached' : `When ${SCORES[this.view.race.metric].toLowerCase()} reaches ${fmt.short(this.view.target)}`;
  }

  missing(count, all) { return `${count} of ${all} not yet`; }

  emptyText() { return this.view.target === null ? 'Set a target above.' : 'No seed has reached the target.'; }
}

class RaceCost extends RaceStrip {
  build() {
    const lanes = this.lanes();
    const known = lanes.filter((lane) => lane.step_ms);
    const bytes = (count) => (count >= 2 ** 20 ? `${(count / 2 ** 20).toFixed(1)} MB` : count >= 1024 ? `${Math.round(count / 1024)} KB` : `${count} B`);
    return {
      traces: [{
        type: 'bar', orientation: 'h', y: known.map((lane) => lanes.indexOf(lane)), x: known.map((lane) => lane.step_ms), width: 0.55,
        marker: { color: known.map((lane) => fade(lane.colour, 0.8)) }, text: known.map((lane) => `${lane.step_ms.toFixed(2)} ms, ${bytes(lane.state_bytes)} of state`), textposition: 'auto', cliponaxis: false,
        hovertemplate: '%{text}<extra></extra>',
      }],
      layout: {
        margin: { l: 48, r: 14, t: 8, b: 36 }, height: Math.max(160, 46 * lanes.length + 60), xaxis: { name: 'milliseconds a step, alone', rangemode: 'tozero' },
        yaxis: { tickvals: lanes.map((_, i) => i), ticktext: lanes.map((lane) => escaped(lane.name)), range: [lanes.length - 0.4, -0.6], autorange: false, showgrid: false, fixedrange: true },
      },
      empty: known.length ? '' : 'Not measured yet.',
    };
  }
}

const RACE_CHARTS = { lines: RaceLines, strip: RaceStrip, arrival: RaceArrival, cost: RaceCost };
