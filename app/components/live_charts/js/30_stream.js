// One WebSocket per page, shared by all charts on it: resumes after the last frame seen, backs off, pauses when hidden.

const HIDDEN_SECONDS = 30;

class Stream {
  static of(address) {
    const all = (window.__gradclinicStreams ||= new Map());
    if (!all.has(address)) all.set(address, new Stream(address));
    return all.get(address);
  }

  constructor(address) {
    this.address = address;
    this.listeners = new Set();
    this.since = {};
    this.tries = 0;
    this.socket = null;
    this.chain = Promise.resolve();
    document.addEventListener('visibilitychange', () => this.visibility());
    window.addEventListener('online', () => { this.tries = 0; this.open(); });
  }

  add(listener) {
    const followed = this.ids().filter((id) => listener.ids.includes(id));
    this.listeners.add(listener);
    for (const id of listener.ids) delete this.since[id]; // it needs a snapshot
    this.open();
    this.subscribe();
    if (followed.length) this.refresh(followed);
  }

  remove(listener) {
    this.listeners.delete(listener);
    if (!this.listeners.size) this.close();
    else this.subscribe();
  }

  ids() {
    return [...new Set([...this.listeners].flatMap((listener) => listener.ids))];
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  subscribe() {
    this.send({ subscribe: this.ids().slice(0, 12), since: this.since });
  }

  refresh(ids) {
    this.send({ refresh: ids });
  }

  open() {
    if (!this.listeners.size || document.hidden) return;
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.timer);
    const socket = new WebSocket(this.address);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => { this.subscribe(); };
    socket.onmessage = (event) => {
      this.tries = 0;
      this.chain = this.chain.then(() => this.receive(event.data)).catch((error) => console.error('live charts', error));
    };
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.state(document.hidden || !this.listeners.size ? 'idle' : 'reconnecting', event.reason);
      const wait = Math.min(15000, 400 * 2 ** this.tries) * (0.7 + 0.6 * Math.random());
      this.tries += 1;
      this.timer = setTimeout(() => this.open(), wait);
    };
  }

  async receive(data) {
    let bytes = new Uint8Array(data);
    if (bytes[0] === 0x1f) {
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
      bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    }
    const message = JSON.parse(new TextDecoder().decode(bytes));
    this.since[message.run] = message.seq;
    this.state('live');
    for (const listener of this.listeners) if (listener.ids.includes(message.run)) listener.onmessage(message);
  }

  state(word, reason = '') {
    if (word === this.word) return;
    this.word = word;
    for (const listener of this.listeners) listener.onstate(word, reason);
  }

  visibility() {
    clearTimeout(this.hiddenTimer);
    if (document.hidden) this.hiddenTimer = setTimeout(() => this.close(), HIDDEN_SECONDS * 1000);
    else this.open();
  }

  close() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
