'use strict';
// The replay: everything is drawn from the class's document at one moment. What users typed is only ever set as text.
const held = JSON.parse(document.getElementById('class').textContent);
const root = document.documentElement;
const at = (id) => document.getElementById(id);

at('theme').onclick = () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
};
at('print').onclick = () => print();

function make(name, text, kind) {
  const found = document.createElement(name);
  if (text !== undefined) found.textContent = text;
  if (kind) found.className = kind;
  return found;
}

function shape(name, attributes) {
  const found = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  return found;
}

const clock = (time) => new Date((time + held.offset) * 1000).toISOString().slice(11, 19);
const during = (periods, time) => periods.find((one) => one.from <= time && (one.to === null || time < one.to));

function line(points) {
  let pen = 'M';
  return points.map(([, x, y]) => {
    if (y === null) { pen = 'M'; return ''; }
    const part = `${pen}${x} ${y}`;
    pen = 'L';
    return part;
  }).join('');
}

function picture(run, time) {
  const losses = run.losses.filter((point) => point[0] <= time);
  const scores = run.scores.filter((point) => point[0] <= time);
  const svg = shape('svg', { viewBox: `0 0 ${held.width} ${held.height}`, role: 'img', 'aria-label': `Curves of ${run.name}` });
  const lost = losses.filter((point) => point[2] === null);
  svg.append(
    shape('path', { class: 'nan', d: lost.map((point) => `M${point[1]} 5V${held.height - 5}`).join('') }),
    shape('path', { class: 'loss', d: line(losses) }),
    shape('path', { class: 'score', d: line(scores) }),
    shape('path', { class: 'beyond', d: losses.filter((point) => point[3]).map((point) => `M${point[1]} 1l3 5h-6z`).join('') }),
  );
  if (lost.length) {
    const text = shape('text', { class: 'nan', x: lost[0][1] < held.width - 40 ? lost[0][1] + 4 : lost[0][1] - 30, y: 16 });
    text.textContent = 'NaN';
    svg.append(text);
  }
  return svg;
}

function latest(run, time) {
  return run.values.filter(([when]) => when <= time).at(-1);
}

function card(run, time) {
  const box = make('div', undefined, 'card');
  box.append(make('b', run.nickname || run.name), picture(run, time));
  const score = latest(run, time);
  if (score) box.append(make('p', `${run.metric} ${score[1]}`));
  for (const one of run.findings.filter((finding) => finding.time <= time)) box.append(make('p', one.label, 'matter'));
  return box;
}

function poll(time) {
  const box = at('poll');
  const one = held.polls.filter((asked) => asked.asked <= time).at(-1);
  box.replaceChildren();
  if (!one) return;
  box.append(make('h3', one.question));
  const open = one.revealed !== null && one.revealed <= time;
  const most = open ? Math.max(1, ...one.counts) : 1;
  one.options.forEach((option, place) => {
    const row = make('div', undefined, 'option');
    row.append(make('span', option, open && place === one.right ? 'right' : ''));
    const bar = make('i');
    bar.style.width = open ? `${100 * one.counts[place] / most}%` : '0';
    bar.hidden = !open;
    row.append(open ? bar : make('span'), make('span', open ? String(one.counts[place]) : ''));
    box.append(row);
  });
  if (!open) box.append(make('p', 'Not revealed yet.', 'quiet'));
}

function leaders(time, runs) {
  const box = at('leaders');
  box.replaceChildren();
  if (!during(held.leaderboard, time)) return;
  const best = new Map();
  for (const run of runs.filter((one) => one.nickname)) {
    const score = latest(run, time);
    if (!score || score[2] === null) continue;
    const before = best.get(run.who);
    if (!before || (run.less ? score[2] < before[2] : score[2] > before[2])) best.set(run.who, [run.nickname, score[1], score[2], run.less]);
  }
  const rows = [...best.values()].sort((a, b) => (a[3] ? a[2] - b[2] : b[2] - a[2]));
  if (!rows.length) return;
  const chips = make('div', undefined, 'chips');
  chips.append(...rows.map((row, place) => make('span', `${place + 1}. ${row[0]} ${row[1]}`)));
  box.append(make('h3', 'Leaderboard'), chips);
}

function draw() {
  const time = now() + 0.005; // what happened at a moment has happened then, whatever the slider rounds
  at('moment').textContent = clock(time);
  slider.setAttribute('aria-valuetext', clock(time));
  const present = held.members.filter((one) => one.joined <= time && !(one.kicked !== null && one.kicked <= time));
  at('there').textContent = present.length === 1 ? '1 student' : `${present.length} students`;
  at('members').replaceChildren(...present.map((one) => make('span', one.nickname)));
  const shown = during(held.shown, time);
  const held_still = during(held.held, time) ? ' All screens are held.' : '';
  at('shown').textContent = (shown ? `Shown to all: ${shown.words}.` : 'Nothing is shown.') + held_still;
  const given = held.exercises.filter((one) => one.from <= time).at(-1);
  at('exercise').textContent = given ? `Exercise: ${given.title}` : '';
  const runs = held.runs.filter((run) => run.started <= time && (
    (given && run.exercise === given.id) || (shown && shown.runs.includes(run.id))));
  at('curves').replaceChildren(...runs.map((run) => card(run, time)));
  leaders(time, runs.filter((run) => given && run.exercise === given.id));
  poll(time);
}

const slider = at('slider');
const span = Math.max(held.ended - held.began, 0.001);
let playing = 0;
function go(time) { slider.value = 1000 * (time - held.began) / span; draw(); }
function now() { return held.began + Number(slider.value) / 1000 * span; }
function stop() { clearInterval(playing); playing = 0; at('play').textContent = 'Play'; }
slider.oninput = () => { stop(); draw(); };
at('before').onclick = () => { stop(); go(held.moments.filter((time) => time < now() - 0.01).at(-1) ?? held.began); };
at('after').onclick = () => { stop(); go(held.moments.find((time) => time > now() + 0.01) ?? held.ended); };
at('play').onclick = () => {
  if (playing) { stop(); return; }
  if (Number(slider.value) >= 1000) slider.value = 0;
  at('play').textContent = 'Pause';
  playing = setInterval(() => {
    slider.value = Number(slider.value) + 2;
    draw();
    if (Number(slider.value) >= 1000) stop();
  }, 60);
};
at('replay').hidden = false;
draw();
