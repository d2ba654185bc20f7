// How the view gets onto a page: as a Streamlit component fed by the WebSocket, or in a file that carries its data.

// Streamlit calls this at every rerun with the same parentElement, and its cleanup when the component leaves the page.
async function mount({ data, parentElement, setTriggerValue }) {
  const ids = data.runs;
  let held = parentElement.__gradclinic;
  if (held && held.key === JSON.stringify([ids, data.panels, data.panel_height])) {
    held.known = data.known || {};
    held.trigger = setTriggerValue;
    held.view?.checkTheme();
    held.focus(data.focus);
  } else {
    held?.destroy();
    held = parentElement.__gradclinic = { key: JSON.stringify([ids, data.panels, data.panel_height]), known: data.known || {}, trigger: setTriggerValue, told: {}, ticket: 0 };
    held.focus = (focus) => { // what a page asks to be looked at, once per token
      if (!focus || held.focused === focus.token || !held.view) return;
      held.focused = focus.token;
      held.view.lookAt(focus);
    };
    start(held, data, parentElement);
  }
  held.ticket += 1;
  const { ticket } = held;
  return () => { if (ticket === held.ticket) held.destroy(); };
}

function start(held, data, parentElement) {
  const root = el('div', { class: 'gc-live' });
  const place = parentElement.querySelector('.gc-place') || parentElement;
  place.replaceChildren(root);
  const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${data.live}`;
  let closed = false;
  let stream = null;
  let listener = null;
  held.destroy = () => {
    closed = true;
    if (listener) stream.remove(listener);
    held.told = {};
    held.view?.destroy();
    delete parentElement.__gradclinic;
  };
  loadPlotly(data.plotly).then(() => {
    if (closed) return;
    stream = Stream.of(address);
    const options = {
      panels: data.panels, panelHeight: data.panel_height,
      refresh: (ids) => stream.refresh(ids),
      onstatus: (id, status) => tell(id, `${status.word}|${(status.findings || []).join()}`),
    };
    held.view = data.view === 'race' ? new RaceView(root, data.runs[0], options) : new View(root, data.runs, options);
    const tell = (id, news) => { // the page's own buttons and cards follow; told again should the page have missed it
      if (closed || held.told[id] === news || !(id in held.known) || held.known[id] === news) return;
      held.told[id] = news;
      held.trigger('status', news);
      setTimeout(() => { if (held.told[id] === news) { delete held.told[id]; tell(id, news); } }, 3000);
    };
    held.focus(data.focus);
    listener = { ids: data.runs, onmessage: (message) => held.view.receive(message), onstate: (word, reason) => held.view.connection(word, reason) };
    stream.add(listener);
  }).catch((error) => { root.replaceChildren(el('div', { class: 'gc-banner gc-bad', role: 'alert', text: error.message })); });
}

// A report file: the snapshots are in the page.
function report(root, snapshots) {
  const view = snapshots[0].race ? new RaceView(root, snapshots[0].run, {}) : new View(root, snapshots.map((one) => one.run), {});
  snapshots.forEach((one) => view.receive(one));
  return view;
}
