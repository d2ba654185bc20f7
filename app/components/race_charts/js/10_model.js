// A race as the browser knows it: lanes, members with their rows, and means over seeds.

// Quantiles of Student's t at 0.975 for 1 to 19 degrees of freedom: half of a 95 % interval, in standard errors.
const T_975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093];

class RaceModel {
  constructor(id) {
    this.id = id;
    this.index = 0;
    this.name = id;
    this.visible = true;
    this.meta = {};
    this.events = [];
    this.clear();
  }

  clear() {
    this.lanes = [];
    this.tasks = [];
    this.members = [];
    this.rows = { curve: {}, evaluation: {} };
  }

  apply(message) {
    if (message.status) this.status = message.status;
    this.message = message.type === 'gone' || message.type === 'error' ? message.message : null;
    if (message.meta?.name) this.name = message.meta.name;
    if (message.type === 'snapshot') this.clear();
    if (message.race) Object.assign(this, { lanes: message.race.lanes, tasks: message.race.tasks, members: message.race.members, score: message.race.score });
    for (const kind of ['curve', 'evaluation']) {
      for (const [number, rows] of Object.entries(message[kind] || {})) {
        const known = this.rows[kind][number];
        if (!known) this.rows[kind][number] = rows;
        else for (const [name, values] of Object.entries(rows)) known[name] = (known[name] || []).concat(values);
      }
    }
    if (message.events) this.events = message.type === 'snapshot' ? message.events : this.events.concat(message.events);
    return message.type === 'snapshot' ? 'all' : message.curve || message.evaluation || message.race ? 'more' : 'status';
  }

  // The metric that decides, as it is recorded.
  get metric() {
    const names = new Set(Object.values(this.rows.evaluation).flatMap((rows) => Object.keys(rows)));
    if (this.score === 'loss' || !names.size) return 'val_loss';
    return names.has('val_r2') ? 'val_r2' : { metric: 'val_accuracy' }[this.score] ?? `val_${this.score}`;
  }

  get higherIsBetter() { return this.metric !== 'val_loss'; }

  of(task, lane) {
    return this.members.filter((member) => member.task === task && member.lane === lane);
  }

  // Whether a member will draw no further rows that mean anything.
  astray(member) {
    const losses = this.rows.curve[member.number]?.loss;
    return Boolean(member.failed) || (losses?.length > 0 && losses.at(-1) === null);
  }

  // Steps of a member in the unit of the x axis; time is steps times the lane's measured milliseconds per step.
  x(member, step, axis) {
    if (axis === 'epoch') return member.steps_per_epoch ? step / member.steps_per_epoch : step;
    if (axis === 'samples') return step * (member.batch_size || 1);
    if (axis === 'time') return (step * (this.lanes[member.lane].step_ms || 0)) / 1000;
    return step;
  }

  // One line per seed: {member, x, y, step}.
  seeds(task, lane, kind, name, axis) {
    return this.of(task, lane).flatMap((member) => {
      const rows = this.rows[kind][member.number];
      if (!rows?.[name]) return [];
      return [{ member, y: rows[name], step: rows.step, x: rows.step.map((step) => this.x(member, step, axis)), rows }];
    });
  }

  // Mean over seeds with a band, at the points all seeds still in the race have reached; `count` says how many went in.
  // With `logs` it is the geometric mean, with the interval of the logarithms: for what is drawn on a log scale.
  mean(lines, band, logs = false) {
    const going = lines.filter(({ member }) => !this.astray(member));
    const length = Math.min(...(going.length ? going : lines).map(({ y }) => y.length));
    const found = { x: [], y: [], low: [], high: [], count: [] };
    if (!lines.length || !Number.isFinite(length)) return found;
    for (let i = 0; i < length; i += 1) {
      const known = lines.map(({ y }) => y[i]).filter((value) => value !== null && value !== undefined && Number.isFinite(value));
      const values = logs ? known.filter((value) => value > 0).map(Math.log) : known;
      if (!values.length) continue;
      const back = logs ? Math.exp : (value) => value;
      const n = values.length;
      const middle = values.reduce((sum, value) => sum + value, 0) / n;
      let [low, high] = minMax(values);
      if (band === 't') {
        const spread = n > 1 ? Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (n - 1)) : NaN;
        const half = n > 1 ? (T_975[Math.min(n - 2, T_975.length - 1)] * spread) / Math.sqrt(n) : NaN;
        [low, high] = [middle - half, middle + half];
      }
      found.x.push((going[0] || lines[0]).x[i]);
      found.y.push(back(middle));
      found.low.push(back(low));
      found.high.push(back(high));
      found.count.push(n);
    }
    return found;
  }

  // The newest value of each seed, for the strip plot.
  finals(task, lane, name) {
    return this.of(task, lane).map((member) => {
      const values = this.rows.evaluation[member.number]?.[name];
      return { seed: member.seed, value: values?.length && !this.astray(member) ? values.at(-1) : null, astray: this.astray(member) };
    });
  }

  // For each seed the x at which the target was first reached; null when it was not.
  reached(task, lane, name, target, axis) {
    const better = this.higherIsBetter ? (value) => value >= target : (value) => value <= target;
    return this.seeds(task, lane, 'evaluation', name, axis).map(({ member, x, y }) => {
      const at = y.findIndex((value) => value !== null && better(value));
      return { seed: member.seed, x: at < 0 ? null : x[at] };
    });
  }

  // A target that half of the lanes reach: the middle one of the lanes' best means.
  usualTarget(task) {
    const bests = this.lanes.map((lane, i) => {
      const means = this.mean(this.seeds(task, i, 'evaluation', this.metric, 'step'), 'none').y;
      return means.length > 3 ? (this.higherIsBetter ? Math.max(...means) : Math.min(...means)) : null;
    }).filter((value) => value !== null).sort((a, b) => (this.higherIsBetter ? a - b : b - a));
    const found = bests[Math.floor(bests.length / 2)];
    return found === undefined ? null : Number(found.toPrecision(2));
  }

  firstBad() { return null; }
}
