// How the theatre gets onto a page: Streamlit calls mount at every rerun with the same parentElement.

async function mount({ data, parentElement, setTriggerValue, setStateValue }) {
  let held = parentElement.__gradclinicTheatre;
  if (!held) {
    const root = el('div', { class: 'gc-live gc-theatre' });
    (parentElement.querySelector('.gc-place') || parentElement).replaceChildren(root);
    held = parentElement.__gradclinicTheatre = { ticket: 0, destroy: () => { held.closed = true; held.theatre?.destroy(); delete parentElement.__gradclinicTheatre; } };
    held.ready = loadPlotly(data.plotly).then(() => {
      if (!held.closed) held.theatre = new Theatre(root, held.data, { at: (at) => held.at(at), start: (place) => held.start(place) });
    }).catch((error) => { root.replaceChildren(el('div', { class: 'gc-banner gc-bad', role: 'alert', text: error.message })); });
  }
  held.data = data;
  held.at = (at) => setStateValue('at', at);
  held.start = (place) => setTriggerValue('start', place);
  held.ticket += 1;
  const { ticket } = held;
  held.ready.then(() => { if (held.theatre && !held.closed && held.theatre.token !== held.data.token) held.theatre.show(held.data); });
  return () => { if (ticket === held.ticket) held.destroy(); };
}
