// The line above the charts: status in a word, progress, speed, what recording costs, and banners for what went wrong.

const STATUS = {
  queued: ['◷', 'neutral'], running: ['▶', 'good'], paused: ['Ⅱ', 'calm'], stalled: ['◌', 'warn'], lost: ['✕', 'bad'],
  stopped: ['■', 'neutral'], failed: ['✕', 'bad'], done: ['✓', 'good'], damaged: ['!', 'bad'], gone: ['✕', 'bad'],
  connecting: ['…', 'neutral'],
};

class Header {
  constructor(view) {
    this.view = view;
    this.node = el('div', { class: 'gc-head' });
    this.rows = view.runs.map((run) => this.row(run));
    this.link = el('div', { class: 'gc-link', role: 'status', hidden: true });
    this.banners = el('div', { class: 'gc-banners' });
    this.node.append(...this.rows.map((row) => row.node), this.link, this.banners);
  }

  row(run) {
    const several = this.view.several;
    const parts = {
      chip: el('span', { class: 'gc-chip' }),
      name: several ? el('button', { type: 'button', class: 'gc-name', title: 'Show or hide this run',
        onclick: () => this.view.toggleRun(run) }) : null,
      bar: el('div', { class: 'gc-bar' }, el('i')),
      facts: el('div', { class: 'gc-facts' }),
      hint: several ? null : el('div', { class: 'gc-hint' }),
    };
    parts.node = el('div', { class: several ? 'gc-run gc-compact' : 'gc-run' },
      el('div', { class: 'gc-run-top' }, parts.name, parts.chip, parts.facts), parts.bar, parts.hint);
    parts.run = run;
    return parts;
  }

  draw() {
    for (const row of this.rows) this.drawRow(row);
    this.drawBanners();
  }

  drawRow({ run, chip, name, bar, facts, hint, node }) {
    const status = run.status || { word: 'connecting' };
    const [shape, tone] = STATUS[status.word] || ['?', 'neutral'];
    chip.className = `gc-chip gc-${tone}`;
    chip.textContent = `${shape} ${status.word}`;
    chip.title = status.next_action || '';
    if (name) {
      name.textContent = run.name;
      name.style.setProperty('--gc-run', runColour(this.view.theme, run.index));
      node.classList.toggle('gc-off', !run.visible);
      name.setAttribute('aria-pressed', String(run.visible));
    }
    const share = status.progress;
    bar.firstChild.style.width = share === null || share === undefined ? '0' : `${(100 * share).toFixed(2)}%`;
    bar.classList.toggle('gc-moving', status.word === 'running');
    bar.setAttribute('role', 'progressbar');
    bar.setAttribute('aria-valuenow', Math.round(100 * (share || 0)));
    facts.replaceChildren(...this.facts(run, status));
    if (hint) {
      const told = ['failed', 'lost', 'stalled'].includes(status.word) || status.message === status.reason; // a banner says it
      const text = ['running', 'connecting'].includes(status.word) || run.message ? '' : [told ? '' : status.reason, status.next_action].filter(Boolean).join(' ');
      hint.textContent = text;
      hint.hidden = !text;
    }
  }

  facts(run, status) {
    const list = [];
    const add = (value, label, title) => list.push(el('span', { class: 'gc-fact', title }, el('b', { text: value }), label ? ` ${label}` : ''));
    const step = Math.max(status.step || 0, run.step || 0);
    if (step || status.total_steps) add(`${fmt.step(step)}${status.total_steps ? ` / ${fmt.step(status.total_steps)}` : ''}`, 'steps');
    const size = run.meta.steps_per_epoch;
    if (size && step) add((step / size).toFixed(step / size < 100 ? 1 : 0), 'epochs', `${fmt.whole(size)} steps are one epoch`);
    if (Number.isFinite(status.eta) && status.eta > 0) add(fmt.duration(status.eta), 'left');
    if (this.view.several) return list;
    if (status.samples_per_second) add(fmt.rate(status.samples_per_second), 'samples/s');
    const device = status.device || run.meta.device;
    if (device) add(device, '');
    if (status.memory_mb) add(fmt.memory(status.memory_mb), 'memory');
    if (Number.isFinite(status.overhead_share)) {
      const budget = run.meta.budget === null ? 'no limit' : `budget ${fmt.short(run.meta.budget ?? 5, 2)} %`;
      const cadence = Object.entries(status.cadence || {}).map(([stream, every]) => `${stream}: ${every === 1 ? 'every step' : `every ${fmt.whole(every)} steps`}`);
      list.push(el('span', { class: 'gc-fact gc-cost', tabindex: 0, title: ['Recorded at these steps:', ...cadence].join('\n') },
        'recording costs ', el('b', { text: `${(100 * status.overhead_share).toFixed(1)} %` }), ` (${budget})`));
    }
    return list;
  }

  drawBanners() {
    const found = [];
    const say = (tone, text) => found.push([tone, text]);
    for (const run of this.view.runs) {
      const who = this.view.several ? `${run.name}: ` : '';
      const status = run.status || {};
      if (run.message) say('bad', who + run.message);
      else if (['failed', 'lost', 'stalled'].includes(status.word) && status.reason) say('bad', `${who}${status.word}: ${status.reason}`);
      if (status.disk_full) say('bad', `${who}The disk is full. Training goes on and keeps its newest rows in memory; free some space.`);
      const bad = run.firstBad();
      if (bad) {
        const where = bad.layer ? ` in layer ${bad.layer}` : '';
        say('warn', `${who}${bad.kind} first seen in ${String(bad.what || 'a value').replaceAll('_', ' ')}${where} at step ${fmt.step(bad.step)}. It is marked ✕ in the charts.`);
      }
      const failed = run.events.findLast?.((event) => event.kind === 'checkpoint_failed');
      if (failed) say('warn', `${who}Checkpoint at step ${fmt.step(failed.step)} failed: ${failed.data.reason || 'unknown reason'}`);
      if (status.message && !['failed', 'lost'].includes(status.word)) say('calm', who + status.message);
    }
    const signature = JSON.stringify(found);
    if (signature === this.told) return;
    this.told = signature;
    this.banners.replaceChildren(...found.map(([tone, text]) => el('div', { class: `gc-banner gc-${tone}`, role: tone === 'bad' ? 'alert' : 'status', text })));
  }

  connection(word, reason) {
    const texts = { reconnecting: `Reconnecting… the charts show what was received so far.${reason ? ` (${reason})` : ''}` };
    this.link.textContent = texts[word] || '';
    this.link.hidden = !texts[word];
  }
}
