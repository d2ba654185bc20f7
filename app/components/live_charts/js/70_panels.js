// The panels, one entry each: title, what a reader can conclude, which lines, which scale.

function perRun(series, { text, colour, dash, width, opacity, key } = {}) {
  return (view) => view.runs.filter((run) => run.series[series]).map((run) => ({
    run, series, key: key || series, text, dash, width, opacity, colour: view.several ? runColour(view.theme, run.index) : view.theme.kinds[colour || 0],
    name: view.several ? `${run.name} ${text || ''}` : text || series.replaceAll('_', ' '),
  }));
}

// One line per layer; with several runs, one line per run for the chosen layer.
function perLayer(family) {
  return (view) => view.runs.flatMap((run) => {
    const names = run.layerSets[family] || [];
    const chosen = view.several ? names.filter((name) => name === (view.layer && names.includes(view.layer) ? view.layer : names[0])) : names;
    return chosen.filter((name) => run.series[`${family}/${name}`]).map((name) => ({
      run, series: `${family}/${name}`, key: name, layer: name, name: view.several ? `${run.name}, ${name}` : name, width: names.length > 12 ? 1.2 : 1.6,
      colour: view.several ? runColour(view.theme, run.index) : layerColour(view.theme, names.indexOf(name), names.length),
    }));
  });
}

// The raw line faint behind its smoothed one. `named` says what the line of one run is, where that is not `text`.
function smoothed(series, text, colour, named = () => text) {
  return (view) => view.runs.filter((run) => run.series[series]).flatMap((run) => {
    const tone = view.several ? runColour(view.theme, run.index) : view.theme.kinds[colour];
    const who = view.several ? `${run.name} ` : '';
    const raw = { run, series, key: `${series}.raw`, text: view.tau ? `${text}, as recorded` : text, colour: tone, width: view.tau ? 1 : 1.6,
      opacity: view.tau ? (view.several ? 0.22 : 0.3) : 1, name: `${who}${named(run)}`, quiet: Boolean(view.tau && view.several) };
    if (!view.tau) return [raw];
    return [raw, { run, series, key: `${series}.smooth`, text: `${text}, smoothed`, colour: tone, width: 2.4, smooth: true, name: `${who}${named(run)}, smoothed` }];
  });
}

// A step's loss holds penalties, which an evaluation leaves out: the two can't be read off against each other.
function losses(view) {
  const named = (run) => (run.meta.in_loss?.length ? `training, with ${run.meta.in_loss.join(' and ')}` : 'training');
  const penalised = view.runs.some((run) => run.meta.in_loss?.length);
  const text = penalised && view.several ? 'training, with its penalties' : view.runs.map(named)[0] || 'training';
  const without = penalised ? ', without' : '';
  return [...smoothed('loss', text, 0, named)(view),
    ...perRun('val_loss', { text: `validation${without}`, colour: 1, width: 2.2, dash: view.several ? 'dash' : 'solid' })(view),
    ...perRun('train_loss_eval', { text: `training set, evaluated${without}`, colour: 2, width: 1.6, dash: 'dot' })(view)];
}

const METRICS = [['val_accuracy', 'accuracy, validation', 0], ['train_accuracy', 'accuracy, training', 2], ['val_f1', 'F1, validation', 3],
  ['val_balanced_accuracy', 'balanced accuracy, validation', 4],
  ['val_r2', 'R², validation', 0], ['train_r2', 'R², training', 2], ['val_mae', 'mean absolute error, validation', 1]];

const PANELS = [
  {
    key: 'loss', title: 'Loss', wide: true, height: 320, log: () => false, kind: 'lines',
    help: 'Falls and levels off: it learns. Validation turns up while training falls: it memorises (overfitting). Flat from the start: the learning rate is too small, or gradients vanish. Jumps or rises: the learning rate is too large. The smoothed line averages all rows, not only the drawn ones.',
    lines: losses,
    off: ['train_loss_eval'],
  },
  {
    key: 'metric', title: 'Quality', kind: 'lines', empty: 'The first evaluation has not come yet.',
    help: 'What the user of the model gets. A gap between training and validation is the price of memorising; a validation line that stays at chance says that nothing general was learned.',
    lines: (view) => METRICS.flatMap(([name, text, colour]) => perRun(name, { text, colour, width: 2, dash: name.startsWith('train') ? 'dot' : 'solid' })(view)),
  },
  {
    key: 'lr', title: 'Learning rate and speed', kind: 'lines', modes: [['lr', 'learning rate'], ['samples_per_second', 'samples/s']], fromZero: () => true,
    help: 'The learning rate as it was used at each step, after warm-up, schedule and changes by hand. Compare its turns with those of the loss. Samples per second shows when the machine was held up.',
    lines: (view, mode) => perRun(mode, { text: mode === 'lr' ? 'learning rate' : 'samples/s', colour: 0 })(view).map((line) => ({ ...line, text: undefined })),
  },
  {
    key: 'gradient', title: 'Gradient norm', kind: 'lines', modes: [['gradient_norm', 'all layers'], ['layers', 'per layer']], log: () => true,
    help: 'Length of the whole gradient before clipping. Steady is healthy. Sudden peaks announce divergence: lower the learning rate or clip. A fall by orders of magnitude means learning has stopped, by convergence or by vanishing.',
    lines: (view, mode) => (mode === 'layers' ? perLayer('gradient_norm')(view) : smoothed('gradient_norm', 'gradient norm', 0)(view)),
  },
  {
    key: 'heat', title: 'Gradients, layer by layer', kind: 'heat', noLog: true,
    help: 'Each row is a layer, the input layer at the bottom; colour is log10 of the gradient norm. Dark rows at the bottom: gradients vanish on their way back, the first layers learn nothing. Bright rows at the bottom: they explode. A bright column is one bad step; red is NaN or Inf, grey exactly zero.',
  },
  {
    key: 'flow', title: 'Gradient flow over depth', kind: 'depth', log: () => true,
    families: [{ key: 'pre_activation_gradient_rms', text: 'at the pre-activations', symbol: 'circle', colour: 0 }, { key: 'gradient_rms', text: 'at the weights', symbol: 'diamond', colour: 1 }],
    help: 'Typical gradient size at each layer now. Level is healthy. A line that falls to the left by a factor of two or more per layer is vanishing, one that rises to the left is exploding. Judge by the pre-activations: sizes at the weights also depend on the layer’s inputs.',
  },
  {
    key: 'update', title: 'Weights', kind: 'lines', modes: [['update_ratio', 'update ratio'], ['weight_norm', 'norm'], ['update_norm', 'update']], log: (mode) => mode !== 'weight_norm',
    help: 'Length of an update divided by the length of the weights, per layer. About 1e-3 (dashed) is a good pace. A hundred times less: the layer stands still. Above 1e-1: it is thrown about. A norm that grows without end calls for weight decay.',
    lines: (view, mode) => perLayer(mode)(view), guides: (mode) => (mode === 'update_ratio' ? [{ y: 1e-3, text: '1e-3' }] : []),
  },
  {
    key: 'health', title: 'Activations', kind: 'lines', modes: [['zero_fraction', 'zero'], ['saturated_fraction', 'saturated']], fromZero: () => true,
    help: 'Share of outputs that are exactly zero (dead ReLUs) or at the flat end of the activation (saturated tanh or sigmoid). Units that stay there pass no gradient. Half zero is normal for ReLU; a layer near 1 is dead.',
    lines: (view, mode) => perLayer(mode)(view),
  },
  {
    key: 'spread', title: 'Signal over depth', kind: 'depth', log: () => false, families: [{ key: 'activation_std', text: 'standard deviation of activations', symbol: 'circle', colour: 2 }],
    help: 'Spread of the activations at each layer now. Level is healthy. Shrinking to the right: later layers can hardly tell inputs apart (use a suited initialisation or normalisation). Growing to the right: values blow up.',
  },
];

const CHARTS = { lines: LineChart, heat: HeatChart, depth: DepthChart };
