// The loss of each path against the step: all of it faint, and strong as far as it has been played.

class LossChart {
  constructor(theatre) {
    this.theatre = theatre;
    this.plot = el('div', { class: 'gc-plot' });
    this.choice = null;
    this.scale = segmented('Scale of the loss', [['log', 'log', 'Logarithmic scale'], ['linear', 'lin', 'Linear scale']], 'log', (key) => {
      this.choice = key;
      this.draw();
      theatre.frame();
      theatre.moved();
    });
    this.node = el('section', { class: 'gc-panel gc-losses', 'aria-label': 'Loss against step' },
      el('header', {}, el('h4', { text: 'Loss against step' }), el('span', { class: 'gc-tools' }, this.scale)), el('div', { class: 'gc-map' }, this.plot));
    this.spot = new Spot(this.node, this.plot);
    let down = null;
    this.plot.addEventListener('pointerdown', (event) => { down = event.clientX; }, true);
    this.onUp = (event) => {
      const axis = this.plot._fullLayout?.xaxis;
      if (down !== null && axis && Math.abs(event.clientX - down) < TAP_PIXELS) {
        theatre.seek(Math.round(axis.p2d(event.clientX - this.plot.getBoundingClientRect().left - axis._offset)));
      }
      down = null;
    };
    window.addEventListener('pointerup', this.onUp, true);
  }

  get log() { return (this.choice ?? (this.theatre.stage.lanes.every((lane) => lane.losses.every((value) => value > 0)) ? 'log' : 'linear')) === 'log'; }

  draw() {
    const { stage, theme } = this.theatre;
    const { log } = this;
    this.scale.querySelectorAll('button').forEach((button) => button.setAttribute('aria-checked', String((button.dataset.key === 'log') === log)));
    const floor = 1e-16;
    let [low, high] = [Infinity, -Infinity];
    const traces = stage.lanes.filter((lane) => !lane.refused).map((lane) => {
      const y = Array.from(lane.losses, (value) => (log && !(value > floor) ? null : value));
      [low, high] = minMax(y, low, high);
      return { type: 'scatter', mode: 'lines', x: Array.from(y, (_, i) => i), y, name: `${lane.index + 1} ${lane.name}`, line: { color: fade(laneColour(theme, lane), 0.32), width: 1.6 }, hovertemplate: '%{y:.4~g}', connectgaps: false };
    });
    const first = Math.max(...stage.lanes.filter((lane) => !lane.refused).map((lane) => lane.losses[0]), 0);
    const roof = Math.min(high, log ? first * 1e4 : Math.max(first * 3, low + 1e-12)); // what flies off must not flatten the others
    const [from, to] = log ? [Math.log10(low), Math.log10(Math.max(roof, low * 1.01))] : [Math.max(low, -3 * Math.abs(first) - 10), roof];
    const room = 0.06 * (to - from || 1);
    const axis = { gridcolor: theme.grid, zeroline: false, tickfont: { size: 12, color: theme.muted }, ticks: '', fixedrange: COARSE };
    const title = (text) => ({ text, font: { size: 12, color: theme.muted }, standoff: 4 });
    const layout = {
      height: 230 * theme.big, autosize: true, margin: { l: 50 * theme.big, r: stage.names ? 30 : 12, t: 6, b: 36 * theme.big }, showlegend: false, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', font: { family: theme.font, size: 12, color: theme.text },
      hovermode: 'x unified', dragmode: COARSE ? false : 'zoom', hoverlabel: { bgcolor: mix(theme.background, theme.text, 0.06), bordercolor: theme.axis, font: { family: theme.font, size: 12, color: theme.text } },
      xaxis: { ...axis, showgrid: false, range: [-0.015 * stage.steps, 1.015 * stage.steps], title: title(stage.names ? 'checkpoint of step' : 'step'), ...(stage.names ? { tickvals: stage.names.map((_, i) => i), ticktext: stage.names.map((name) => fmt.whole(name)), ticklabeloverflow: 'allow' } : {}) },
      yaxis: { ...axis, type: log ? 'log' : 'linear', range: [from - room, to + room], automargin: true, ...(log ? logTicks(to - from) : { nticks: 5 }) },
    };
    drawUnder(this, traces, layout);
    this.spot.draw();
  }

  frame(t) {
    const drawn = this.overlay?.begin();
    if (!drawn) return;
    const { stage, theme } = this.theatre;
    const { pen, x, y, box } = drawn;
    const { log } = this;
    pen.strokeStyle = theme.axis;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x(t), box.top);
    pen.lineTo(x(t), box.top + box.height);
    pen.stroke();
    for (const lane of stage.lanes) {
      if (lane.refused) continue;
      const end = Math.min(Math.floor(t), stage.end(lane));
      pen.beginPath();
      let open = false;
      for (let i = 0; i <= end; i += 1) {
        if (log && !(lane.losses[i] > 0)) { open = false; continue; }
        if (open) pen.lineTo(x(i), y(lane.losses[i])); else pen.moveTo(x(i), y(lane.losses[i]));
        open = true;
      }
      pen.strokeStyle = laneColour(theme, lane);
      pen.lineWidth = lane.index === this.theatre.lane ? 2.6 : 2;
      pen.stroke();
      if (!log || lane.losses[end] > 0) {
        pen.beginPath();
        pen.arc(x(end), y(lane.losses[end]), 4, 0, 7);
        pen.fillStyle = laneColour(theme, lane);
        pen.fill();
      }
    }
    pen.restore();
  }

  destroy() {
    window.removeEventListener('pointerup', this.onUp, true);
    if (this.overlay) Plotly.purge(this.plot);
  }
}
