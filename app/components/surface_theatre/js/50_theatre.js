// The whole theatre: picture, player, who is on stage, and the loss against the step. Time runs here, not on the server.

const WHOLE_SECONDS = 7; // how long a performance takes at normal speed
const TELL_MS = 180;
const SIGNS = {
  play: 'M7 5l12 7-12 7z', pause: 'M8 5v14M16 5v14', forward: 'M6 5l9 7-9 7zM18 5v14', back: 'M18 5l-9 7 9 7zM6 5v14', begin: 'M20 5l-8 7 8 7zM12 5l-8 7 8 7z',
};

class Theatre {
  constructor(root, data, tell) {
    this.root = root;
    this.tell = tell;
    this.theme = readTheme(root);
    this.t = 0;
    this.speed = 1;
    this.lane = 0;
    this.asking = false;
    this.kind = 'contour';
    this.picture = new ContourMap(this);
    this.losses = new LossChart(this);
    this.build();
    this.show(data);
    this.themeTimer = setInterval(() => this.checkTheme(), 400);
    this.sizes = new ResizeObserver(() => {
      clearTimeout(this.sizeTimer);
      this.sizeTimer = setTimeout(() => { if (root.clientWidth && root.clientWidth !== this.width) this.draw(); }, 80);
    });
    this.sizes.observe(root);
    this.following = new Following(this);
    this.following.ready();
  }

  build() {
    const button = (name, label, act) => el('button', { type: 'button', class: 'gc-key-button', 'aria-label': label, title: label, 'data-act': name, onclick: act }, icon(SIGNS[name]));
    this.playButton = button('play', 'Play', () => (this.playing ? this.pause() : this.play()));
    this.slider = el('input', { type: 'range', min: 0, step: 1, value: 0, 'aria-label': 'Step', oninput: () => { const step = Number(this.slider.value); this.pause(); this.seek(step); } });
    this.stepText = el('output', { class: 'gc-step' });
    this.askButton = el('button', { type: 'button', class: 'gc-button gc-ask', 'aria-pressed': 'false', title: 'The formula of this update and its real numbers, below', onclick: () => {
      this.setAsking(!this.asking);
      if (this.asking) { this.pause(); if (this.t < 1) this.seek(1); }
      this.ask();
      this.moved();
    } }, 'Show the arithmetic');
    this.speedChoice = segmented('Speed', [['0.25', '¼×', 'A quarter of the speed'], ['1', '1×', 'The whole in seven seconds'], ['4', '4×', 'Four times as fast']], '1', (key) => { this.speed = Number(key); this.moved(); });
    this.kindChoice = segmented('View', [['contour', 'from above', 'Contour lines'], ['relief', '3-D', 'A relief to turn with the mouse']], 'contour', (key) => { this.look(key); this.moved(); });
    this.cast = el('div', { class: 'gc-cast', role: 'group', 'aria-label': 'Optimizers; press one to follow it' });
    this.place = el('div', { class: 'gc-place-picture' }, this.picture.node);
    this.bar = el('div', { class: 'gc-player', role: 'group', 'aria-label': 'Player' },
      el('span', { class: 'gc-buttons' },
        button('begin', 'Back to the start', () => { this.pause(); this.seek(0); }),
        button('back', 'One step back', () => this.stepBy(-1)), this.playButton, button('forward', 'One step forward', () => this.stepBy(1))),
      el('span', { class: 'gc-scrub' }, this.slider, this.stepText),
      this.speedChoice,
      this.kindChoice,
      this.askButton);
    this.root.replaceChildren(this.place, this.bar, this.cast, this.losses.node);
  }

  // Put another scene on stage and play it from the start.
  show(data) {
    this.token = data.token;
    this.stage = new Stage(data);
    this.lane = Math.min(this.lane, Math.max(0, this.stage.lanes.length - 1));
    this.slider.max = this.stage.steps;
    this.askButton.hidden = !data.arithmetic;
    this.draw();
    this.t = 0;
    if (this.asking) { this.seek(Math.min(1, this.stage.steps)); return; }
    if (REDUCED_MOTION || this.stage.names) { this.pause(); this.seek(this.stage.steps); } else this.play();
    this.following?.ready();
  }

  draw() {
    this.width = this.root.clientWidth;
    this.drawCast();
    try { this.picture.draw(); } catch (error) { this.place.replaceChildren(el('div', { class: 'gc-banner gc-bad', role: 'alert', text: `This view can't be drawn here (${error.message}); choose the other one.` })); }
    this.losses.draw();
    this.frame();
  }

  look(kind) {
    this.kind = kind;
    this.picture.destroy();
    this.picture = kind === 'relief' ? new Relief(this) : new ContourMap(this);
    this.place.replaceChildren(this.picture.node);
    this.draw();
  }

  drawCast() {
    this.lossTexts = [];
    this.cast.replaceChildren(...this.stage.lanes.map((lane) => {
      const loss = el('span', { class: 'gc-loss' });
      this.lossTexts.push(loss);
      return el('button', { type: 'button', class: 'gc-actor', 'aria-pressed': String(lane.index === this.lane), style: `--c:${laneColour(this.theme, lane)}`, title: 'Follow this one', onclick: () => {
        this.lane = lane.index;
        this.drawCast();
        this.frame();
        this.ask();
        this.moved();
      } }, el('i', { text: String(lane.index + 1) }), el('b', { text: lane.name }), lane.refused ? null : loss, lane.refused || lane.note ? el('em', { text: lane.refused || lane.note }) : null);
    }));
    this.showLosses();
  }

  showLosses() {
    const step = Math.floor(this.t);
    this.stage.lanes.forEach((lane, i) => { if (!lane.refused) this.lossTexts[i].textContent = `loss ${fmt.short(lane.losses[Math.min(step, this.stage.end(lane))])}`; });
  }

  play() {
    if (this.t >= this.stage.steps) this.t = 0;
    this.playing = true;
    this.playSign();
    this.moved();
    cancelAnimationFrame(this.request);
    let before = performance.now();
    const tick = (now) => {
      if (!this.playing) return;
      const pace = Math.max(2, this.stage.steps / WHOLE_SECONDS) * this.speed;
      this.t = Math.min(this.stage.steps, this.t + (Math.min(now - before, 100) / 1000) * pace);
      before = now;
      this.frame();
      if (this.t >= this.stage.steps) { this.pause(); this.ask(); } else this.request = requestAnimationFrame(tick);
    };
    this.request = requestAnimationFrame(tick);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.request);
    this.playSign();
    this.seek(Math.min(Math.ceil(this.t), this.stage.steps));
  }

  playSign() {
    this.playButton.replaceChildren(icon(this.playing ? SIGNS.pause : SIGNS.play));
    this.playButton.setAttribute('aria-label', this.playing ? 'Pause' : 'Play');
    this.playButton.title = this.playing ? 'Pause' : 'Play';
  }

  stepBy(change) { this.pause(); this.seek(Math.round(this.t) + change); }

  seek(step) {
    this.t = Math.min(Math.max(step, 0), this.stage.steps);
    this.frame();
    this.ask();
    this.moved();
  }

  frame() {
    this.picture.frame(this.t);
    this.losses.frame(this.t);
    const step = Math.floor(this.t);
    this.slider.value = step;
    this.stepText.textContent = this.stage.names ? this.stage.stepName(step) : `step ${step} of ${this.stage.steps}`;
    this.showLosses();
  }

  // Tell the page which update to work out, once the hand rests.
  ask() {
    clearTimeout(this.askTimer);
    this.askTimer = setTimeout(() => {
      const at = { open: this.asking, lane: this.lane, step: Math.floor(this.t), token: this.token };
      const text = JSON.stringify(at);
      if (this.playing || text === this.told || (!this.asking && !this.told)) return;
      this.told = text;
      this.tell.at(at);
    }, TELL_MS);
  }

  setAsking(asking) {
    this.asking = asking;
    this.askButton.setAttribute('aria-pressed', String(asking));
  }

  // The class: which scene it is, where its viewer is in it, and how to go there.
  get name() { return `theatre/${this.token}`; }

  moved() { this.following?.moved(); }

  view() {
    const { kind, lane, speed, asking } = this;
    return { kind, lane, speed, asking, log: this.losses.log, zoom: this.picture.zoom(), time: [Number(this.t.toFixed(2)), Boolean(this.playing)] };
  }

  take({ kind, lane, speed, asking, log, zoom, time }) {
    if (kind && kind !== this.kind) { this.kindChoice.choose(kind); this.look(kind); }
    if (speed) { this.speed = speed; this.speedChoice.choose(String(speed)); }
    if (lane !== undefined) { this.lane = Math.min(lane, this.stage.lanes.length - 1); this.drawCast(); }
    if (asking !== undefined) this.setAsking(asking);
    if (log !== undefined && log !== this.losses.log) { this.losses.choice = log ? 'log' : 'linear'; this.losses.draw(); }
    if (zoom !== undefined) this.picture.setZoom(zoom);
    if (time) {
      const [t, playing] = time;
      if (this.playing) this.pause();
      this.seek(t);
      if (playing) this.play();
    }
    this.frame();
    this.ask();
  }

  spots() { return { ...(this.picture.spot ? { map: this.picture.spot } : {}), losses: this.losses.spot }; }

  // The person has chosen another start.
  begin(place) { this.tell.start(place); }

  checkTheme() {
    const theme = readTheme(this.root);
    if (theme.signature === this.theme.signature) return;
    this.theme = theme;
    this.draw();
  }

  destroy() {
    this.following.destroy();
    clearInterval(this.themeTimer);
    clearTimeout(this.askTimer);
    cancelAnimationFrame(this.request);
    this.sizes.disconnect();
    this.picture.destroy();
    this.losses.destroy();
    this.root.replaceChildren();
  }
}
