// The leaderboard: drawn from what the page knew, then from what comes on the class's stream (see class_link).

const SAID = { none: 'No run is done yet.', own: ' (you)' };

function cell(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  if (name === 'th') made.scope = 'col';
  return made;
}

function line(name, texts) {
  const row = document.createElement('tr');
  row.append(...texts.map((text) => cell(name, text)));
  return row;
}

function draw(table, board, own) {
  if (!board.rows.length) {
    const caption = document.createElement('caption');
    caption.textContent = SAID.none;
    table.replaceChildren(caption);
    return;
  }
  const rows = board.rows.map(([name, score], place) => {
    const row = line('td', [String(place + 1), name === own ? name + SAID.own : name, score]);
    if (name === own) row.dataset.own = '';
    return row;
  });
  const head = document.createElement('thead'), body = document.createElement('tbody');
  head.append(line('th', ['Place', 'Student', board.metric]));
  body.append(...rows);
  table.replaceChildren(head, body);
}

export default function ({ data, parentElement }) {
  const table = parentElement.querySelector('.gc-board');
  const told = JSON.stringify(data);
  if (table.told !== told) { // drawn anew for another reason, it keeps what came since
    table.told = told;
    draw(table, data.board, data.own);
  }
  const take = ({ detail }) => { if (detail.exercise === data.board.exercise) draw(table, detail, data.own); };
  window.addEventListener('gc:board', take);
  return () => window.removeEventListener('gc:board', take);
}
