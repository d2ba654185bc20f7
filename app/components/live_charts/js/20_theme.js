// Colours: Okabe-Ito for kinds of lines and runs, a viridis-like ramp for depth. Read from the page's own variables.

const OKABE_ITO = {
  light: ['#0072b2', '#d55e00', '#009e73', '#b0578d', '#a87900', '#3d9fd3', '#7a5195', '#4d5a5e'],
  dark: ['#56b4e9', '#f0914a', '#2fc79b', '#e59ac6', '#f0c94d', '#8fb4ff', '#c3a6e0', '#bcc9cc'],
};
const DASHES = ['solid', 'dash', 'dot', 'dashdot', 'longdash'];
const VIRIDIS = ['#440154', '#482878', '#3e4989', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6ece58', '#b5de2b', '#fde725'];

function channels(colour) {
  const probe = colour.trim();
  const hex = probe.match(/^#([0-9a-f]{6}|[0-9a-f]{3})/i);
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((d) => d + d).join('') : hex[1];
    return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
  }
  const parts = probe.match(/[\d.]+/g);
  return parts && parts.length >= 3 ? parts.slice(0, 3).map(Number) : [128, 128, 128];
}

function mix(a, b, share) {
  const [first, second] = [channels(a), channels(b)];
  return `rgb(${first.map((value, i) => Math.round(value + (second[i] - value) * share)).join(',')})`;
}

function fade(colour, alpha) {
  return `rgba(${channels(colour).join(',')},${alpha})`;
}

function ramp(colours, share) {
  const at = Math.min(Math.max(share, 0), 1) * (colours.length - 1);
  const below = Math.min(Math.floor(at), colours.length - 2);
  return mix(colours[below], colours[below + 1], at - below);
}

function readTheme(root) {
  const style = getComputedStyle(root);
  const get = (name, fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
  const background = get('background-color', '#ffffff');
  const [r, g, b] = channels(background);
  const dark = 0.299 * r + 0.587 * g + 0.114 * b < 128;
  const text = get('text-color', dark ? '#e6eff0' : '#13272b');
  const kinds = OKABE_ITO[dark ? 'dark' : 'light'];
  const theme = {
    dark, background, text, kinds,
    font: get('font', 'system-ui, sans-serif'),
    muted: mix(text, background, 0.38),
    grid: mix(text, background, dark ? 0.86 : 0.91),
    axis: mix(text, background, 0.72),
    primary: get('primary-color', kinds[0]),
    red: dark ? '#ff6b7a' : '#c1121f',
    amber: dark ? '#f2a65a' : '#b45309',
    big: Math.min(2, Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1)), // on a projector
    depthRamp: dark ? VIRIDIS.slice(2) : VIRIDIS.slice(0, 9),
  };
  theme.signature = [background, text, theme.font, theme.primary, theme.big].join('|');
  return theme;
}

const [PROJECTED, LEAST_TYPE] = [1.25, 20]; // from this scale on no type has fewer pixels, for the last row

// Type, lines and markers of a Plotly figure `times` as large, in place; what several axes share, once.
function enlarge(part, times, seen = new Set()) {
  if (times === 1 || !part || typeof part !== 'object' || ArrayBuffer.isView(part)) return part;
  for (const [key, value] of Object.entries(part)) {
    if (!value || typeof value !== 'object' || ['x', 'y', 'z', 'customdata', 'text'].includes(key) || seen.has(value)) continue;
    seen.add(value);
    if (/font$/i.test(key) && value.size) value.size = Math.max(value.size * times, times > PROJECTED ? LEAST_TYPE : 0);
    if (key === 'line' && value.width) value.width *= times;
    if (key === 'marker' && typeof value.size === 'number') value.size *= times;
    enlarge(value, times, seen);
  }
  return part;
}

// The first layer is dark (light theme) or deep blue (dark theme); the last is the brightest of the ramp.
function layerColour(theme, index, count) {
  return ramp(theme.depthRamp, count > 1 ? index / (count - 1) : 0.35);
}

function runColour(theme, index) {
  return theme.kinds[index % theme.kinds.length];
}
