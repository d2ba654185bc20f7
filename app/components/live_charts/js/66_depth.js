// A quantity over depth at the latest step, with a faint trail of earlier moments: is a signal lost or blown up?

class DepthChart extends Chart {
  get timed() { return false; }

  build() {
    const { view } = this;
    const { theme, several } = view;
    const runs = view.runs.filter((run) => run.visible && run.loaded);
    const layers = [...new Set(runs.flatMap((run) => run.layers))];
    const families = this.spec.families.filter(({ key }) => !this.hidden.has(key));
    this.families = families;
    const traces = [];
    let clamped = 0;
    const values = runs.flatMap((run) => families.flatMap(({ key }) => run.depth[key]?.values || []));
    const positive = values.filter((value) => value > 0);
    const floor = this.log ? (positive.length ? Math.min(...positive) / 5 : 1e-12) : null;
    const bad = [];
    const trace = (run, family, row, style) => {
      const names = run.layerSets[family.key] || [];
      const x = [];
      const y = [];
      names.forEach((name, i) => {
        const value = row.values[i];
        if (value === null && !style.faint) bad.push([layers.indexOf(name), `${family.text} of ${name} is not finite at step ${fmt.step(row.step)}`]);
        x.push(layers.indexOf(name));
        if (this.log && value !== null && value <= 0) { clamped += style.faint ? 0 : 1; y.push(floor); } else y.push(value);
      });
      traces.push({
        type: 'scatter', mode: style.faint ? 'lines' : 'lines+markers', x, y, opacity: style.opacity, name: family.text, hoverinfo: style.faint ? 'skip' : undefined,
        line: { color: style.colour, width: style.faint ? 1.2 : 2.2, dash: style.dash }, marker: { size: 7, symbol: family.symbol, color: style.colour, line: { width: 1.5, color: theme.background } },
        customdata: names, meta: { layers: names },
        hovertemplate: style.faint ? undefined : `%{customdata}: %{y:.3~g}<extra>${several ? `${run.name}, ` : ''}${family.text}</extra>`,
      });
    };
    families.forEach((family, index) => {
      for (const run of runs) {
        const colour = several ? runColour(theme, run.index) : theme.kinds[family.colour ?? index];
        const dash = several && index ? 'dot' : 'solid';
        if (!several) {
          const trail = run.trail[family.key] || [];
          trail.forEach((row, i) => trace(run, family, row, { colour, dash: 'solid', opacity: 0.1 + (0.22 * i) / Math.max(1, trail.length), faint: true }));
        }
        if (run.depth[family.key]) trace(run, family, run.depth[family.key], { colour, dash, opacity: 1, faint: false });
      }
    });
    if (bad.length) {
      traces.push({ type: 'scatter', mode: 'markers', yaxis: 'y2', x: bad.map(([x]) => x), y: bad.map(() => 0.95), customdata: bad.map(([, text]) => text), hovertemplate: '%{customdata}<extra></extra>',
        marker: { symbol: 'x', size: 10, color: theme.red }, meta: {} });
    }
    const every = Math.max(1, Math.ceil(layers.length / 12));
    const shown = layers.map((name, i) => [i, name]).filter(([i]) => i % every === 0 || i === layers.length - 1);
    const at = layers.indexOf(view.lit);
    const shapes = at < 0 ? [] : [{ type: 'line', x0: at, x1: at, yref: 'paper', y0: 0, y1: 1, line: { color: theme.axis, width: 8 }, opacity: 0.35, layer: 'below' }];
    const step = Math.max(0, ...runs.flatMap((run) => families.map(({ key }) => run.depth[key]?.step || 0)));
    return {
      traces, empty: values.length ? '' : 'Nothing recorded over depth yet.',
      legend: this.spec.families.map(({ key, text, colour }, i) => ({ key, text, colour: several ? theme.muted : theme.kinds[colour ?? i], dash: several && i ? 'dot' : 'solid' })),
      note: values.length ? `at step ${fmt.step(step)}${several ? '' : ', faint: earlier moments'}${bad.length ? `, ${bad.length} not finite` : ''}` : '',
      floor: clamped ? `${clamped} ${clamped === 1 ? 'value' : 'values'} ≤ 0 drawn on the floor` : '',
      layout: {
        shapes,
        xaxis: { name: 'input → output', tickmode: 'array', tickvals: shown.map(([i]) => i), ticktext: shown.map(([, name]) => (name.length > 12 ? `…${name.slice(-11)}` : name)), range: [-0.4, Math.max(0.4, layers.length - 0.6)], autorange: false, fixedrange: true, tickangle: layers.length > 8 ? -35 : 0 },
        yaxis: { type: this.log ? 'log' : 'linear', autorange: true, rangemode: this.log ? 'normal' : 'tozero', ...(this.log ? logTicks(positive.length ? Math.log10(Math.max(...positive) / Math.min(...positive)) : 1) : {}) },
        yaxis2: { overlaying: 'y', range: [0, 1], fixedrange: true, visible: false },
      },
    };
  }

  layerOf(point) {
    return point.data?.meta?.layers?.[point.pointIndex];
  }

  append() {
    const now = performance.now();
    if (now - (this.last || 0) < 900) { this.stale = true; return; }
    this.last = now;
    this.full();
  }
}
