// Joins the page to its class: reruns its part of the script when there is news, and passes the teacher's view on.
// Charts speak to it through events of the window: "gc:viewed" (moved here), "gc:follow" (move there), "gc:ask" (drawn just
// now) and "gc:tell" (say where you look); "gc:board" hands the newest leaderboard to whoever draws it. There is one link for a
// window, however often Streamlit loads this file.

const RETRY = [500, 1000, 2000, 4000];
const VIEW_MS = 100; // at most ten views a second
const LARGEST = 4000; // characters of a message
const REST_MS = 1500; // between two pages nothing is mounted
const SENT_OUT = 4403;
const AGAIN_MS = 1500, MOST_TRIES = 4; // news that was told while the page changed may be lost

class Link {
  constructor() {
    Object.assign(this, { wanted: null, socket: null, tries: 0, view: {}, missed: null, mounts: 0, place: null, alt: false, sent: 0, newest: null });
    this.figures = new Figures(this);
    window.addEventListener('gc:viewed', ({ detail }) => this.viewed(detail));
    window.addEventListener('gc:ask', () => { if (this.wanted?.leads) this.fire('gc:tell'); else this.hand(); });
    window.addEventListener('keydown', (event) => this.key(event, true));
    window.addEventListener('keyup', (event) => this.key(event, false));
    window.addEventListener('blur', () => this.setAlt(false));
  }

  mount(data, tell) {
    const before = this.wanted;
    this.wanted = { ...data, tell };
    this.mounts += 1;
    const mine = this.mounts;
    clearTimeout(this.leaving);
    if (!this.socket) this.connect();
    if (this.missed && this.missed !== data.known) this.insist();
    this.missed = null;
    if (data.known === this.newest) clearTimeout(this.asking);
    if (data.follows) this.figures.take(this.view);
    if (data.leads && (!before?.leads || this.place !== data.place)) this.begin();
    if (data.follows && !this.follows) this.hand(true);
    this.place = data.place;
    this.follows = data.follows;
    if (data.leads && this.view.pointer && !this.pointing) this.setAlt(false);
    return () => { if (mine === this.mounts) this.unmount(); };
  }

  unmount() {
    this.wanted = null;
    this.leaving = setTimeout(() => { if (!this.wanted) this.socket?.close(); }, REST_MS);
  }

  connect() {
    const address = new URL(this.wanted.address, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => { this.tries = 0; if (this.wanted?.leads) this.begin(); };
    socket.onmessage = (event) => this.received(JSON.parse(new TextDecoder().decode(event.data)));
    socket.onclose = (event) => {
      if (this.socket === socket) this.socket = null;
      if (event.code === SENT_OUT) location.reload(); // the gate shows the door
      if (!this.wanted || event.code === SENT_OUT) return;
      const wait = RETRY[Math.min(this.tries, RETRY.length - 1)] * (1 + Math.random() / 2);
      this.tries += 1;
      setTimeout(() => { if (this.wanted && !this.socket) this.connect(); }, wait);
    };
  }

  received({ news, view, board }) {
    if (news) this.newest = news;
    if (board) this.fire('gc:board', board);
    if (news && !this.wanted) this.missed = news;
    else if (news && news !== this.wanted.known) this.insist();
    if (view && !this.wanted?.leads) {
      this.view = { pointer: null, ...view };
      this.hand();
    }
  }

  // Tells the page of the news until the page knows it.
  insist(tries = MOST_TRIES) {
    clearTimeout(this.asking);
    if (!this.wanted || this.wanted.known === this.newest || !tries) return;
    this.wanted.tell(this.newest);
    this.asking = setTimeout(() => this.insist(tries - 1), AGAIN_MS);
  }

  // The charts of this window take over where the teacher looks; `again`: all of it, whatever was moved here since.
  hand(again = false) {
    if (!this.wanted?.follows) return;
    this.fire('gc:follow', { ...this.view, again });
    this.figures.take(this.view, again);
  }

  // A page that leads starts from what its charts show.
  begin() {
    this.view = {};
    this.figures.forget();
    this.send();
    this.fire('gc:tell');
  }

  viewed(parts) {
    if (!this.wanted?.leads) return;
    for (const name of Object.keys(parts)) delete this.view[name]; // the newest is the last one
    Object.assign(this.view, parts);
    this.send();
  }

  send() {
    if (this.sending) return;
    this.sending = setTimeout(() => {
      this.sending = null;
      this.sent = performance.now();
      let text = JSON.stringify({ view: this.view });
      for (const name of Object.keys(this.view)) {
        if (text.length <= LARGEST) break;
        delete this.view[name];
        text = JSON.stringify({ view: this.view });
      }
      if (this.wanted?.leads && this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
    }, Math.max(0, this.sent + VIEW_MS - performance.now()));
  }

  get pointing() { return Boolean(this.wanted?.leads && (this.alt || this.wanted.points)); }

  key(event, down) {
    if (event.key !== 'Alt' || !this.wanted?.leads) return;
    event.preventDefault(); // else it opens the browser's menu
    this.setAlt(down);
  }

  setAlt(alt) {
    this.alt = alt;
    if (this.view.pointer && !this.pointing) { this.show(null); this.viewed({ pointer: null }); }
  }

  show(pointer) {
    if (this.wanted?.leads) this.fire('gc:follow', { pointer });
  }

  fire(name, detail) { window.dispatchEvent(new CustomEvent(name, { detail })); }
}

export default function ({ data, setTriggerValue }) {
  const link = (window.__gradclinicClass ||= new Link());
  return link.mount(data, (news) => setTriggerValue('news', news));
}
