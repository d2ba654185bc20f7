// The panels of a race, one entry each: title, what a reader can conclude, what is drawn.

const SCORES = { val_accuracy: 'Validation accuracy', val_r2: 'Validation R²', val_loss: 'Validation loss',
  val_f1: 'Validation F1', val_balanced_accuracy: 'Balanced validation accuracy' };
const AXES = { step: 'step', epoch: 'epoch', samples: 'training samples seen', time: 'seconds (steps × measured time per step)' };

const RACE_PANELS = [
  {
    key: 'score', kind: 'lines', wide: true, height: 380, source: 'evaluation', series: (race) => race.metric, target: true,
    title: (race) => SCORES[race.metric], log: () => true,
    help: 'On the log scale an accuracy is shown as its error, one minus it. Bold: mean over seeds; band: how sure that mean is (95 % t-interval) or all seeds from lowest to highest; faint: each seed. Bands that overlap much can not be told apart with so few seeds. Drag the dashed line: the chart of first arrivals below follows.',
  },
  {
    key: 'loss', kind: 'lines', source: 'curve', series: () => 'loss', spikes: true, title: () => 'Training loss', log: () => true,
    help: 'Mean loss of each stretch of steps, before the update. A seed’s faint line also shows the worst step of a stretch where that stands out, so no spike is lost; ✕ marks where a seed went astray.',
  },
  {
    key: 'finals', kind: 'strip', noLog: true, title: (race) => `${SCORES[race.metric]} now, seed by seed`,
    help: 'Each dot is one seed’s newest value, the bar their mean. Look whether the dots of two lanes overlap before you believe a difference of means.',
  },
  {
    key: 'arrival', kind: 'arrival', noLog: true, title: () => 'When the target is reached',
    help: 'For each seed, where its validation first reached the dashed target line. Lanes that win early may lose at the end: move the target and see.',
  },
  {
    key: 'gradient_norm', kind: 'lines', source: 'curve', series: () => 'gradient_norm', title: () => 'Gradient norm', log: () => true,
    help: 'Length of the whole gradient before clipping, at the last step of each stretch. Lanes with the same curve of loss can have very different gradients: flat minima and sharp ones.',
  },
  {
    key: 'update_ratio', kind: 'lines', source: 'curve', series: () => 'update_ratio', title: () => 'Update ratio', log: () => true, guides: [1e-3],
    help: 'Length of an update divided by the length of the weights. About 1e-3 (dashed) is a good pace; it says more about an optimizer’s true step than its learning rate does.',
  },
  {
    key: 'lr', kind: 'lines', source: 'curve', series: () => 'lr', title: () => 'Learning rate', log: () => true,
    help: 'The learning rate in use. Rates of different optimizers can’t be compared with each other: compare update ratios.',
  },
  {
    key: 'cost', kind: 'cost', noLog: true, title: () => 'What a step costs',
    help: 'Median time of one step of the lane alone on this machine, and the memory its optimizer keeps beside the weights. Measured, not guessed, before the lane’s first step.',
  },
];
