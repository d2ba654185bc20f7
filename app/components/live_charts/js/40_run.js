// What the browser knows of one run. Arrays are plain ones throughout: Plotly.extendTraces can't mix kinds.

const REFRESH_POINTS = 4000;
const KIND = ['NaN', '+Inf', '−Inf'];

class RunModel {
  constructor(id, index) {
    this.id = id;
    this.index = index;
    this.visible = true;
    this.reset();
  }

  reset() {
    this.status = null;
    this.meta = {};
    this.series = {};
    this.bad = {};
    this.means = {};
    this.surplus = [];
    this.clock = [[], []];
    this.heat = null;
    this.depth = {};
    this.trail = {};
    this.layerSets = {};
    this.streamOf = {};
    this.totals = {};
    this.events = [];
    this.message = '';
    this.step = 0;
    this.loaded = false;
  }

  // Returns 'all' when everything is new, 'more' when points were appended, 'status' when only the header changes.
  apply(message) {
    if (message.meta) this.meta = message.meta;
    if (message.status) { this.status = message.status; this.message = ''; }
    if (message.type === 'gone' || message.type === 'error') {
      this.status = { word: message.type === 'gone' ? 'gone' : 'damaged', reason: message.message, active: false };
      this.message = message.message;
      return 'status';
    }
    if (message.type === 'status') return 'status';
    this.step = message.step ?? this.step;
    this.totals = message.totals || this.totals;
    if (message.type === 'snapshot') {
      this.series = {};
      for (const [name, [x, y]] of Object.entries(message.series)) this.series[name] = { x, y };
      this.bad = message.bad || {};
      this.means = message.means || {};
      this.surplus = message.surplus || [];
      this.clock = message.clock;
      this.heat = message.heat;
      this.depth = message.depth || {};
      this.trail = message.trail || {};
      this.layerSets = message.layers || {};
      this.streamOf = message.stream_of || {};
      this.events = message.events || [];
      this.loaded = true;
      this.refreshing = false;
      return 'all';
    }
    if (!this.loaded) return 'status';
    for (const [name, [x, y]] of Object.entries(message.series || {})) {
      const mine = (this.series[name] ||= { x: [], y: [] });
      for (let i = 0; i < x.length; i += 1) { mine.x.push(x[i]); mine.y.push(y[i]); }
    }
    Object.assign(this.bad, message.bad || {});
    for (const [name, added] of Object.entries(message.means || {})) {
      const mine = (this.means[name] ||= [[], [], []]);
      added.forEach((part, i) => mine[i].push(...part));
    }
    if (message.clock) message.clock.forEach((part, i) => this.clock[i].push(...part));
    if (message.heat) {
      if (!this.heat || this.heat.width !== message.heat.width || message.heat.from === 0) this.heat = { ...message.heat };
      else this.heat.z = this.heat.z.slice(0, message.heat.from).concat(message.heat.z);
    }
    Object.assign(this.depth, message.depth || {});
    Object.assign(this.trail, message.trail || {});
    if (message.events) this.events = this.events.concat(message.events);
    return 'more';
  }

  get crowded() {
    return !this.refreshing && (this.series.loss?.x.length || 0) > REFRESH_POINTS;
  }

  get name() {
    return this.meta.name || this.id;
  }

  // Layer names in forward order, first layer first.
  get layers() {
    const known = [...new Set(Object.values(this.layerSets).flat())];
    const order = (this.meta.layers || []).map((layer) => layer.name);
    const rank = (name) => { const at = order.indexOf(name); return at < 0 ? order.length + known.indexOf(name) : at; };
    return known.sort((a, b) => rank(a) - rank(b));
  }

  seconds(step) {
    return interpolate(this.clock[0], this.clock[1], step);
  }

  x(step, axis) {
    if (axis.key === 'epoch') return step / (this.meta.steps_per_epoch || 1);
    if (axis.key === 'time') return this.seconds(step) / axis.unit;
    return step;
  }

  xs(steps, axis) {
    if (axis.key === 'step') return steps.slice();
    if (axis.key === 'epoch') { const size = this.meta.steps_per_epoch || 1; return steps.map((step) => step / size); }
    return steps.map((step) => this.seconds(step) / axis.unit);
  }

  stepOf(value, axis) {
    if (axis.key === 'epoch') return value * (this.meta.steps_per_epoch || 1);
    if (axis.key === 'time') return interpolate(this.clock[1], this.clock[0], value * axis.unit);
    return value;
  }

  total(name) {
    return this.totals[this.streamOf[name]] || 0;
  }

  // How far apart the records of a per-layer series are on average: what happens in between is not seen.
  cadence(name) {
    const stream = this.streamOf[name];
    const every = Math.round(this.step / Math.max(this.total(name), 1));
    return stream === 'step' || stream === 'evaluation' || every < 2 ? '' : `, one every ${fmt.whole(every)} steps`;
  }

  firstBad() {
    let first = null;
    for (const [name, ranges] of Object.entries(this.bad)) {
      const range = ranges[0];
      if (range && (!first || range[0] < first.step)) first = { step: range[0], name, kind: KIND[range[2]] };
    }
    const told = this.events.find((event) => event.kind === 'non_finite');
    if (told) return { step: told.step, what: told.data.what, layer: told.data.layer, kind: first?.kind || 'NaN or Inf' };
    return first && { step: first.step, what: first.name.split('/')[0], layer: first.name.split('/')[1], kind: first.kind };
  }
}

// Debiased exponential moving average over the means of all rows, with a time constant of `tau` steps.
class Smoother {
  constructor(tau) {
    this.tau = tau;
    this.level = 0;
    this.weight = 0;
    this.last = null;
  }

  feed([steps, means, rows]) {
    return means.map((mean, i) => {
      const keep = Math.exp(-Math.max(this.last === null ? rows[i] : steps[i] - this.last, 1) / this.tau);
      this.last = steps[i];
      this.level = keep * this.level + (1 - keep) * mean;
      this.weight = keep * this.weight + (1 - keep);
      return this.level / this.weight;
    });
  }
}
