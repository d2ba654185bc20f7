// Small helpers: elements, numbers in words, remembered preferences, ticks, and Plotly's own script.

const REDUCED_MOTION = window.matchMedia('(prefers-reduced-motion: reduce)').matches;

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') node.textContent = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function icon(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}

const ICONS = {
  download: 'M12 4v11m0 0 4-4m-4 4-4-4M5 19h14',
  reset: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  help: 'M9.2 9a2.9 2.9 0 1 1 4.1 2.9c-.8.4-1.3 1-1.3 2v.4M12 17.6v.2',
};

const fmt = {
  whole: (value) => (value === null || value === undefined ? '–' : Math.round(value).toLocaleString('en-US')),
  short(value, digits = 4) {
    if (value === null || value === undefined || !Number.isFinite(value)) return '–';
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(Math.max(0, digits - 2)).replace('e+', 'e');
    return String(Number(value.toPrecision(digits)));
  },
  rate(value) {
    if (!Number.isFinite(value)) return '–';
    return value >= 1e6 ? `${(value / 1e6).toPrecision(3)} M` : fmt.whole(value >= 100 ? Number(value.toPrecision(3)) : value);
  },
  duration(seconds) {
    if (!Number.isFinite(seconds)) return '–';
    if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
    const minutes = Math.round(seconds / 60);
    if (seconds < 600) return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
    if (minutes < 60) return `${minutes} min`;
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  },
  memory: (mb) => (mb >= 1024 ? `${(mb / 1024).toFixed(1)} GB` : `${Math.round(mb)} MB`),
  step: (value) => fmt.whole(value),
};

const STORE = 'gradclinic.charts';

const preferences = {
  read() {
    try {
      const found = JSON.parse(localStorage.getItem(STORE) || '{}');
      return found && typeof found === 'object' ? found : {};
    } catch { return {}; }
  },
  write(changes) {
    try { localStorage.setItem(STORE, JSON.stringify({ ...preferences.read(), ...changes })); } catch { /* private mode */ }
  },
};

function minMax(values, low = Infinity, high = -Infinity) {
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function interpolate(xs, ys, x) {
  if (!xs.length) return x;
  if (x <= xs[0]) return xs[0] > 0 ? (ys[0] * x) / xs[0] : ys[0];
  let low = 0;
  let high = xs.length - 1;
  if (x >= xs[high]) {
    const before = Math.max(0, high - 20);
    const slope = xs[high] > xs[before] ? (ys[high] - ys[before]) / (xs[high] - xs[before]) : 0;
    return ys[high] + slope * (x - xs[high]);
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle; else high = middle;
  }
  const span = xs[high] - xs[low];
  return span ? ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / span : ys[low];
}

function segmented(label, options, value, onChange) {
  const group = el('div', { class: 'gc-seg', role: 'radiogroup', 'aria-label': label });
  const buttons = options.map(([key, text, title]) => el('button', {
    type: 'button', role: 'radio', title, text, 'data-key': key,
    onclick: () => { choose(key); onChange(key); },
  }));
  function choose(key) {
    buttons.forEach((button) => button.setAttribute('aria-checked', String(button.dataset.key === key)));
  }
  group.append(...buttons);
  group.choose = choose;
  choose(value);
  return group;
}

// Whole powers of ten where there are some decades, plain numbers where there are not.
function logTicks(decades) {
  return decades > 1.3 ? { dtick: Math.max(1, Math.ceil(decades / 6)), exponentformat: 'power' } : { tickformat: '~g', nticks: 5 };
}

function loadPlotly(address) {
  if (window.Plotly) return Promise.resolve();
  return (window.__gradclinicPlotly ||= new Promise((resolve, reject) => {
    const script = el('script', { src: address, onload: () => resolve(), onerror: () => {
      delete window.__gradclinicPlotly;
      reject(new Error('Plotly could not be loaded; reload the page.'));
    } });
    document.head.append(script);
  }));
}
