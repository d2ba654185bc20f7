// Lines over training: raw and smoothed, per layer or per run, with event marks and every non-finite value marked.

const EVENTS = ['changed', 'paused', 'resumed', 'early_stop', 'checkpoint_failed', 'rolled_back', 'finished', 'finding'];

function eventText(event) {
  const { data } = event;
  if (event.kind === 'changed') {
    const name = String(data.setting || '').split('.').pop().replaceAll('_', ' ');
    const show = (value) => (typeof value === 'number' ? fmt.short(value, 3) : String(value ?? '–'));
    return `${name} ${show(data.before)} → ${show(data.after)}`;
  }
  if (event.kind === 'finding') return `${data.id} ${String(data.name || '').replaceAll('-', ' ')}`;
  if (event.kind === 'finished') return data.status === 'done' ? '' : String(data.status || '');
  return { early_stop: 'early stop', checkpoint_failed: 'checkpoint failed', rolled_back: 'rolled back' }[event.kind] || event.kind;
}

class LineChart extends Chart {
  get timed() { return true; }

  // The lines of this panel: {run, series, key, text, colour, dash, width, opacity, layer, smooth}.
  lines() {
    return this.spec.lines(this.view, this.mode).filter((line) => line.run.visible && !this.hidden.has(line.key));
  }

  build() {
    const { view } = this;
    const { axis, theme } = view;
    const all = this.spec.lines(view, this.mode).filter((line) => line.run.visible);
    this.drawnLines = this.lines();
    this.floor = this.log ? this.logFloor() : null;
    this.clamped = 0;
    const traces = this.drawnLines.map((line) => this.trace(line, axis));
    traces.push(...this.faint(axis), ...this.crosses(axis));
    const legend = [...new Map(all.filter((line) => line.text).map((line) => [line.key, line])).values()]
      .map(({ key, text, colour, dash, opacity }) => ({ key, text, colour, dash, opacity }));
    const { shapes, annotations } = this.marks(axis);
    const yaxis = { name: '', type: this.log ? 'log' : 'linear', autorange: true, rangemode: this.spec.fromZero?.(this.mode) && !this.log ? 'tozero' : 'normal' };
    if (this.log) Object.assign(yaxis, logTicks(this.decades));
    return {
      traces, legend, note: this.counts(), floor: this.floorText(), empty: this.drawnLines.some((line) => this.points(line).x.length || this.marked) ? '' : this.emptyText(),
      layout: {
        shapes, annotations, yaxis, xaxis: { name: axis.title, hoverformat: axis.key === 'step' ? ',d' : '.4~g', autorange: true, tickformat: axis.key === 'step' ? '~s' : '' },
        yaxis2: { overlaying: 'y', range: [0, 1], fixedrange: true, visible: false, gcFixed: true },
        hovermode: this.drawnLines.length <= 6 ? 'x unified' : 'closest',
      },
    };
  }

  emptyText() {
    const run = this.view.runs.find((one) => one.visible);
    return run?.loaded ? this.spec.empty || 'Nothing recorded yet.' : 'Waiting for the first step…';
  }

  points(line) {
    if (line.smooth) {
      const source = line.run.means[line.series] || [[], [], []];
      line.smoother = new Smoother(this.view.tau);
      return { x: source[0], y: line.smoother.feed(source) };
    }
    return line.run.series[line.series] || { x: [], y: [] };
  }

  trace(line, axis) {
    const { x, y } = this.points(line);
    const { lit } = this.view;
    const dimmed = lit && line.layer && line.layer !== lit;
    const few = y.length < 3;
    return {
      type: 'scatter', mode: few ? 'lines+markers' : 'lines', name: line.name, x: line.run.xs(x, axis), y: this.values(y), connectgaps: false,
      opacity: dimmed ? 0.12 : line.opacity ?? 1, hoverinfo: line.quiet || dimmed ? 'skip' : undefined, meta: { layer: line.layer },
      line: { color: line.colour, width: (line.width || 1.8) + (lit && line.layer === lit ? 1.4 : 0), dash: line.dash || 'solid', simplify: true },
      hovertemplate: line.quiet || dimmed ? undefined : `%{y:.4~g}<extra>${line.name}</extra>`,
    };
  }

  // The values as drawn: on a log scale zeros and negatives sit visibly on the floor and are counted.
  values(y) {
    if (this.floor === null) return y.slice();
    return y.map((value) => {
      if (value === null || value > 0) return value;
      this.clamped += 1;
      return this.floor;
    });
  }

  logFloor() {
    let low = Infinity;
    let high = 0;
    for (const line of this.drawnLines) {
      for (const value of this.points(line).y) {
        if (value > 0 && value < low) low = value;
        if (value > high) high = value;
      }
    }
    this.decades = Number.isFinite(low) ? Math.log10(high / low) : 1;
    if (!Number.isFinite(low)) return 1e-12;
    return low / 3;
  }

  floorText() {
    return this.clamped ? `${fmt.whole(this.clamped)} ${this.clamped === 1 ? 'value' : 'values'} ≤ 0 drawn on the floor (${fmt.short(this.floor, 2)})` : '';
  }

  faint(axis) {
    const names = new Set(this.drawnLines.map((line) => line.series));
    return this.view.runs.filter((run) => run.visible).flatMap((run) => run.surplus.filter((part) => names.has(part.name)).map((part) => ({
      type: 'scatter', mode: 'lines', x: run.xs(part.points[0], axis), y: this.values(part.points[1]), opacity: 0.45, meta: {},
      line: { color: this.view.theme.muted, width: 1.2, dash: 'dot' }, name: `attempt ${part.attempt}`,
      hovertemplate: `%{y:.4~g}<extra>attempt ${part.attempt}, trained again since</extra>`,
    })));
  }

  // Non-finite values: a red cross at the top at their step, whatever the zoom and the scale.
  crosses(axis) {
    const found = { x: [], text: [], hover: [] };
    this.bands = [];
    this.marked = 0;
    const seen = new Set();
    for (const line of this.drawnLines) {
      for (const [first, last, kind, count] of line.run.bad[line.series] || []) {
        const key = `${line.run.id}/${first}/${last}/${line.series}`;
        if (seen.has(key)) continue;
        seen.add(key);
        this.marked += count;
        found.x.push(line.run.x(first, axis));
        found.text.push(found.x.length <= 4 ? KIND[kind] : '');
        const span = last > first ? ` to ${fmt.step(last)} (${fmt.whole(count)} rows)` : '';
        found.hover.push(`${line.series.replaceAll('_', ' ')} is ${KIND[kind]}<br>at step ${fmt.step(first)}${span}`);
        if (last > first) this.bands.push([line.run.x(first, axis), line.run.x(last, axis)]);
      }
    }
    if (!found.x.length) return [];
    return [{
      type: 'scatter', mode: 'markers+text', x: found.x, y: found.x.map(() => 1), yaxis: 'y2', text: found.text, textposition: 'middle right', // at the upper edge, clear of the lines
      textfont: { color: this.view.theme.red, size: 12 }, customdata: found.hover, hovertemplate: '%{customdata}<extra></extra>', name: 'not finite',
      marker: { symbol: 'x', size: 9, color: this.view.theme.red, line: { width: 0 } }, cliponaxis: false, meta: { bad: true },
    }];
  }

  marks(axis) {
    const { theme, several } = this.view;
    const shapes = this.bands.slice(0, 60).map(([x0, x1]) => ({ type: 'rect', yref: 'paper', x0, x1, y0: 0, y1: 1, fillcolor: theme.red, opacity: 0.1, line: { width: 0 }, layer: 'below' }));
    const annotations = [];
    const last = Math.max(...this.view.runs.map((run) => run.x(run.step, axis)));
    const late = (x) => x > 0.8 * last;
    const marks = this.view.runs.filter((run) => run.visible).flatMap((run) => {
      const bySteps = new Map(); // what happened at one step shares a label
      for (const event of run.events) {
        const text = EVENTS.includes(event.kind) && eventText(event);
        if (text) { const step = event.kind === 'finding' ? event.data.first_step : event.step; bySteps.set(step, [...(bySteps.get(step) || []), text]); }
      }
      return [...bySteps].map(([step, texts]) => ({ run, step, text: texts.slice(-3).join(', ') }));
    });
    marks.slice(-40).forEach(({ run, step, text }, i, list) => {
      const x = run.x(step, axis);
      const colour = several ? runColour(theme, run.index) : theme.muted;
      shapes.push({ type: 'line', yref: 'paper', x0: x, x1: x, y0: 0, y1: 1, line: { color: colour, width: 1, dash: 'dot' }, opacity: 0.8, layer: 'below' });
      if (i >= list.length - 8) {
        annotations.push({ x, xref: 'x', y: 0.98 - 0.1 * (i % 3), yref: 'paper', text: text.length > 34 ? `${text.slice(0, 33)}…` : text, showarrow: false, xanchor: late(x) ? 'right' : 'left', yanchor: 'top', xshift: late(x) ? -3 : 3,
          font: { size: 11, color: theme.text }, bgcolor: fade(theme.background, 0.78), borderpad: 1, hovertext: `step ${fmt.step(step)}: ${text}` });
      }
    });
    for (const guide of this.spec.guides?.(this.mode) || []) {
      shapes.push({ type: 'line', xref: 'paper', x0: 0, x1: 1, y0: guide.y, y1: guide.y, line: { color: theme.amber, width: 1.2, dash: 'dash' }, layer: 'below' });
      annotations.push({ xref: 'paper', x: 1, y: this.log ? Math.log10(guide.y) : guide.y, text: guide.text, showarrow: false, xanchor: 'right', yanchor: 'bottom', font: { size: 11, color: theme.amber } });
    }
    if (this.log && this.clamped) {
      annotations.push({ xref: 'paper', x: 0, y: Math.log10(this.floor), text: '≤ 0', showarrow: false, xanchor: 'left', yanchor: 'bottom', font: { size: 11, color: theme.amber } });
    }
    return { shapes, annotations };
  }

  counts() {
    const line = this.drawnLines.find((one) => !one.smooth && this.points(one).x.length) || this.drawnLines[0];
    if (!line || !line.run.loaded) return '';
    const drawn = (line.run.series[line.series]?.y || []).reduce((sum, value) => sum + (value !== null), 0);
    const total = Math.max(line.run.total(line.series), 0);
    const each = this.drawnLines.some((one) => one.layer) ? ' each' : '';
    const marked = this.marked ? `, ${fmt.whole(this.marked)} not finite` : '';
    const cadence = line.run.cadence(line.series);
    if (drawn >= total) return `all ${fmt.whole(total)} points${each}${cadence}${marked}`;
    return `${fmt.whole(drawn)} of ${fmt.whole(total)} points${each}${cadence}, all ${cadence ? 'recorded ' : ''}spikes kept${marked}`;
  }

  append(pending) {
    const messages = pending.map(([, message]) => message);
    const wide = messages.some((m) => m.events || Object.keys(m.bad || {}).some((name) => this.drawnLines.some((line) => line.series === name)));
    if (wide) { this.full(); return; }
    const { axis } = this.view;
    const x = [];
    const y = [];
    const at = [];
    let below = false;
    this.drawnLines.forEach((line, i) => {
      const xs = [];
      const ys = [];
      for (const [run, message] of pending) {
        if (run !== line.run) continue;
        if (line.smooth) {
          const added = message.means?.[line.series];
          if (added) { xs.push(...added[0]); ys.push(...(line.smoother ? line.smoother.feed(added) : added[1])); }
        } else {
          const added = message.series?.[line.series];
          if (added) { xs.push(...added[0]); ys.push(...added[1]); }
        }
      }
      if (!xs.length) return;
      below = below || (this.floor !== null && ys.some((value) => value !== null && value > 0 && value < this.floor));
      at.push(i);
      x.push(line.run.xs(xs, axis));
      y.push(this.values(ys));
    });
    if (below || (at.length && this.plot.dataset.empty)) { this.full(); return; }
    if (at.length) Plotly.extendTraces(this.plot, { x, y }, at);
    this.setNote(this.counts(), this.floorText());
  }
}
