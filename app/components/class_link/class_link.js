// Joins the page to its class: reruns the script when there is news for it, and passes the teacher's view on.
// Charts speak to it through two events of the window: "gc:viewed" (a chart was moved here) and "gc:follow" (move there).

const RETRY = [500, 1000, 2000, 4000];
const VIEW_MS = 200;
let socket = null, wanted = null, tries = 0, lastView = null, sendTimer = 0;

function connect() {
  const address = new URL(wanted.address, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { tries = 0; };
  socket.onmessage = (event) => {
    const found = JSON.parse(new TextDecoder().decode(event.data));
    if (found.news && wanted && found.news !== wanted.known) wanted.tell(found.news);
    if (found.view && wanted && wanted.follows) {
      lastView = found.view;
      window.dispatchEvent(new CustomEvent("gc:follow", { detail: found.view }));
    }
  };
  socket.onclose = (event) => {
    socket = null;
    if (event.code === 4403) location.reload();  // sent out: the gate shows the door
    if (!wanted || event.code === 4403) return;
    setTimeout(() => { if (wanted && !socket) connect(); }, RETRY[Math.min(tries++, RETRY.length - 1)] * (1 + Math.random() / 2));
  };
}

function viewed(event) {
  if (!wanted || !wanted.leads) return;
  lastView = { ...(lastView || {}), ...event.detail };
  clearTimeout(sendTimer);
  sendTimer = setTimeout(() => {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ view: lastView }));
  }, VIEW_MS);
}

window.addEventListener("gc:viewed", viewed);
window.addEventListener("gc:ask", () => {  // a chart that has just been drawn asks where the teacher looks
  if (wanted && wanted.follows && lastView) window.dispatchEvent(new CustomEvent("gc:follow", { detail: lastView }));
});

export default function ({ data, setTriggerValue }) {
  if (wanted && wanted.place !== data.place) lastView = null;
  wanted = { ...data, tell: (news) => setTriggerValue("news", news) };
  if (!socket) connect();
  return () => {
    wanted = null;
    if (socket) socket.close();
  };
}
