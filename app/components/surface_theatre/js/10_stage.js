// What is on stage, read from the numbers that Python sends: the surface's heights and the paths over it.

function decode(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

const SMALLEST = 1e-6; // logarithmic heights begin at this share of the highest

class Stage {
  constructor(data) {
    Object.assign(this, { steps: data.steps, names: data.names, clickable: data.clickable, start: data.start, minima: data.minima, equal: data.equal, axes: data.axes });
    const { x, y, z, lowest } = data.grid;
    this.x = decode(x);
    this.y = decode(y);
    const flat = decode(z);
    this.z = Array.from(this.y, (_, row) => flat.subarray(row * this.x.length, (row + 1) * this.x.length));
    this.lowest = lowest;
    const [low, high] = minMax(flat);
    this.bottom = lowest === null ? low : Math.max(SMALLEST * (high - lowest), Math.min(low - lowest > 0 ? low - lowest : Infinity, 1e-3 * (high - lowest)), 1e-30);
    this.top = high;
    this.heights = this.z.map((row) => Array.from(row, (value) => this.height(value)));
    this.lanes = data.lanes.map((lane, index) => {
      const places = decode(lane.points);
      return {
        index, name: lane.name, note: lane.note, refused: lane.refused, losses: decode(lane.losses), xs: places.filter((_, i) => i % 2 === 0), ys: places.filter((_, i) => i % 2 === 1),
      };
    });
  }

  // What is drawn for a loss: itself, or the power of ten of its distance to the lowest.
  height(value) {
    if (!Number.isFinite(value)) return null;
    return this.lowest === null ? value : Math.log10(Math.max(value - this.lowest, this.bottom));
  }

  // The last step of a lane.
  end(lane) { return lane.xs.length - 1; }

  // Where a lane is at time t, between its points.
  at(lane, t) {
    const end = this.end(lane);
    const whole = Math.min(Math.floor(t), end);
    const share = whole < end ? t - whole : 0;
    const next = Math.min(whole + 1, end);
    return { whole, x: lane.xs[whole] + share * (lane.xs[next] - lane.xs[whole]), y: lane.ys[whole] + share * (lane.ys[next] - lane.ys[whole]) };
  }

  // The loss at a place of the picture, between four points of the grid; NaN outside.
  lossAt(x, y) {
    const place = (values, value) => ((value - values[0]) / (values[values.length - 1] - values[0])) * (values.length - 1);
    const [column, row] = [place(this.x, x), place(this.y, y)];
    const [i, j] = [Math.floor(column), Math.floor(row)];
    if (!(i >= 0 && j >= 0 && i < this.x.length - 1 && j < this.y.length - 1)) return NaN;
    const [a, b] = [column - i, row - j];
    return (1 - b) * ((1 - a) * this.z[j][i] + a * this.z[j][i + 1]) + b * ((1 - a) * this.z[j + 1][i] + a * this.z[j + 1][i + 1]);
  }

  stepName(step) { return this.names ? `checkpoint of step ${fmt.whole(this.names[step])}` : `step ${step}`; }
}

// From the page's own ground at the valley to a middle tone on the heights, so that the paths stay readable.
function heightScale(theme) {
  const tones = theme.dark ? ['#101c22', '#18303b', '#1f4656', '#2a6274', '#3b8191'] : ['#fbfdfc', '#e3f0ee', '#c3dfde', '#98c5cb', '#6ba5b2'];
  return tones.map((tone, i) => [i / (tones.length - 1), tone]);
}

function laneColour(theme, lane) { return runColour(theme, lane.index); }

// Round steps between contour lines, about `count` of them.
function niceSize(low, high, count) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999);
}

// A transparent canvas over a Plotly chart, in the pixels of the screen.
class Overlay {
  constructor(plot) {
    this.plot = plot;
    this.canvas = el('canvas', { class: 'gc-overlay' });
    plot.parentElement.append(this.canvas);
  }

  // Cleared and clipped to the axes; returns what turns numbers into pixels, or null when there is no chart yet.
  begin() {
    const layout = this.plot._fullLayout;
    const box = this.plot.getBoundingClientRect();
    if (!layout?.xaxis || !box.width) return null;
    const scale = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(box.width * scale) || this.canvas.height !== Math.round(box.height * scale)) {
      this.canvas.width = Math.round(box.width * scale);
      this.canvas.height = Math.round(box.height * scale);
      this.canvas.style.width = `${box.width}px`;
      this.canvas.style.height = `${box.height}px`;
    }
    const pen = this.canvas.getContext('2d');
    const { xaxis, yaxis } = layout;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, box.width, box.height);
    pen.save();
    pen.beginPath();
    pen.rect(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length);
    pen.clip();
    return { pen, x: (value) => xaxis._offset + xaxis.d2p(value), y: (value) => yaxis._offset + yaxis.d2p(value), box: { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length } };
  }
}

// Draw a chart of the theatre, and put its canvas over it at the first time.
function drawUnder(chart, traces, layout) {
  const { big } = chart.theatre.theme;
  Plotly.react(chart.plot, enlarge(traces, big), enlarge(layout, big), { displayModeBar: false, doubleClick: 'reset', showTips: false, responsive: false });
  if (chart.overlay) return;
  chart.overlay = new Overlay(chart.plot);
  chart.plot.on('plotly_relayout', () => { chart.theatre.frame(); chart.theatre.moved(); });
}
