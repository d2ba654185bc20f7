// Layers over time: log10 of the largest gradient norm in each stretch. The input layer is at the bottom.

const ZERO = -99;
const NON_FINITE = 99;

class HeatChart extends Chart {
  get timed() { return true; }

  rows() {
    const rows = [];
    const runs = this.view.runs.filter((run) => run.visible && run.heat);
    runs.forEach((run, i) => {
      if (i) rows.push(null);
      (run.layerSets.gradient_norm || []).forEach((layer, index) => rows.push({ run, layer, index }));
    });
    return { rows, runs };
  }

  build() {
    const { axis, theme, several } = this.view;
    const { rows, runs } = this.rows();
    const traces = [];
    let [low, high] = [Infinity, -Infinity];
    let special = { zero: 0, bad: 0 };
    let at = 0;
    const labels = [];
    rows.forEach((row, i) => { if (row) labels.push([i, several ? `${row.run.name.slice(0, 14)} · ${row.layer}` : row.layer, row.layer]); });
    for (const run of runs) {
      const names = run.layerSets.gradient_norm || [];
      const bins = run.heat.z.length;
      const x = run.xs(Array.from({ length: bins }, (_, i) => (i + 0.5) * run.heat.width), axis);
      const y = names.map((_, i) => at + i);
      const plain = names.map((_, layer) => run.heat.z.map((bin) => (bin[layer] === null || Math.abs(bin[layer]) === 99 ? null : bin[layer])));
      const flags = names.map((_, layer) => run.heat.z.map((bin) => (bin[layer] === ZERO ? 0 : bin[layer] === NON_FINITE ? 1 : null)));
      for (const line of plain) [low, high] = minMax(line, low, high);
      const hover = names.map((name) => run.heat.z.map(() => name));
      traces.push({ type: 'heatmap', x, y, z: plain, customdata: hover, coloraxis: 'coloraxis', zsmooth: false, hoverongaps: false, meta: { names },
        hovertemplate: `%{customdata}<br>gradient norm 10^%{z:.2f}<br>${axis.title} %{x:.4~g}<extra>${several ? run.name : ''}</extra>` });
      special = flags.flat().reduce((sum, flag) => ({ zero: sum.zero + (flag === 0), bad: sum.bad + (flag === 1) }), special);
      if (special.zero || special.bad) {
        traces.push({ type: 'heatmap', x, y, z: flags, customdata: names.map((name, layer) => run.heat.z.map((bin) => `${name}: ${bin[layer] === ZERO ? 'exactly zero, nothing flows' : 'NaN or Inf'}`)),
          zmin: 0, zmax: 1, colorscale: [[0, theme.muted], [0.5, theme.muted], [0.5, theme.red], [1, theme.red]], showscale: false, hoverongaps: false,
          meta: { names }, hovertemplate: '%{customdata}<extra></extra>' });
      }
      at += names.length + 1;
    }
    if (!Number.isFinite(low)) [low, high] = [-3, 0];
    if (high - low < 2) { const middle = (low + high) / 2; [low, high] = [middle - 1, middle + 1]; }
    const ticks = Array.from({ length: 20 }, (_, i) => Math.ceil(low) + i * Math.max(1, Math.ceil((high - low) / 5))).filter((v) => v <= high);
    const every = Math.max(1, Math.ceil(labels.length / 14));
    const shown = labels.filter((_, i) => i % every === 0 || i === labels.length - 1);
    const selected = this.view.lit;
    const shapes = labels.filter(([, , layer]) => layer === selected).map(([i]) => ({ type: 'rect', xref: 'paper', x0: 0, x1: 1, y0: i - 0.5, y1: i + 0.5, line: { color: theme.text, width: 1.5 }, fillcolor: 'rgba(0,0,0,0)' }));
    const scale = VIRIDIS.map((colour, i) => [i / (VIRIDIS.length - 1), colour]);
    const rowsSeen = runs.length ? Math.max(...runs.map((run) => run.total(`gradient_norm/${run.layerSets.gradient_norm?.[0]}`))) : 0;
    const width = runs[0]?.heat.width || 1;
    return {
      traces, empty: rows.length ? '' : 'No gradients recorded yet.',
      note: rows.length ? `largest of every ${width > 1 ? `${fmt.whole(width)} steps` : 'step'}, ${fmt.whole(rowsSeen)} rows${special.bad ? `, ${fmt.whole(special.bad)} cells not finite` : ''}` : '',
      floor: special.zero ? 'grey: exactly zero' : '',
      layout: {
        shapes, hovermode: 'closest',
        coloraxis: { cmin: low, cmax: high, colorscale: scale, colorbar: { thickness: 10, len: 1, outlinewidth: 0, x: 1.01, xpad: 4, ypad: 0, tickvals: ticks, ticktext: ticks.map((v) => `10<sup>${v}</sup>`.replace('-', '−')), tickfont: { size: 11, color: theme.muted }, ticklen: 3, tickcolor: theme.axis } },
        xaxis: { name: axis.title, tickformat: axis.key === 'step' ? '~s' : '', autorange: true },
        yaxis: { tickmode: 'array', tickvals: shown.map(([i]) => i), ticktext: shown.map(([, text]) => text), showgrid: false, fixedrange: true, range: [-0.5, rows.length - 0.5], autorange: false, gcFixed: true },
        margin: { l: 48, r: 8, t: 10, b: 36, pad: 0 },
      },
    };
  }

  layerOf(point) {
    const { rows } = this.rows();
    return rows[Math.round(point.y)]?.layer;
  }

  layerAt(py) { return this.layerOf({ y: this.plot._fullLayout.yaxis.p2d(py) }) || null; }

  append() {
    const now = performance.now();
    if (now - (this.last || 0) < 900) { this.stale = true; return; }
    this.last = now;
    this.full();
  }
}
