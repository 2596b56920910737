// Live numbers: one stream of server-sent events for the page; every number says by `data-live` what it shows.

const state = document.querySelector("[data-live-state]");
let newest = document.body.dataset.newest ?? "";

function show(name, value) {
  for (const element of document.querySelectorAll(`[data-live="${CSS.escape(name)}"]`)) {
    const text = value.toLocaleString("fr-FR");
    if (element.textContent === text) continue;
    element.textContent = text;
    flash(element);
  }
}

function flash(element) {
  element.classList.remove("changed");
  void element.getBoundingClientRect(); // restarts the animation
  element.classList.add("changed");
}

function showDiagram(scenario, counts) {
  const diagram = document.getElementById(`diagram-${scenario}`);
  if (!diagram) return;
  for (const element of diagram.querySelectorAll("[data-count]")) {
    const [what, ...step] = element.dataset.count.split(":");
    const id = step.join(":");
    const value = id === "" ? counts[what] : (counts[what][id] ?? 0);
    if (element.textContent === String(value)) continue;
    element.textContent = value;
    flash(element);
  }
}

async function refreshLetters() {
  const list = document.querySelector("[data-letters]");
  if (!list) return;
  const answer = await fetch(list.dataset.letters);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("ul");
  const known = new Map([...list.children].map((item) => [item.dataset.uid, item]));
  // What is already shown is moved and not made again: its picture would blink.
  const items = [...fresh.children].map((item) => {
    const old = known.get(item.dataset.uid);
    if (!old) item.classList.add("arrived");
    return old ?? document.importNode(item, true);
  });
  list.replaceChildren(...items);
}

function receive(snapshot) {
  for (const [name, value] of Object.entries(snapshot.overview)) show(name, value);
  for (const clock of document.querySelectorAll("[data-clock]")) clock.textContent = snapshot.clock;
  for (const [scenario, counts] of Object.entries(snapshot.scenarios)) {
    showDiagram(scenario, counts);
    for (const name of ["entered", "active", "goals"]) show(`${scenario}.${name}`, counts[name]);
  }
  if (snapshot.newest !== newest) {
    newest = snapshot.newest;
    refreshLetters();
  }
}

if (state) {
  const stream = new EventSource("/live");
  stream.addEventListener("counts", (event) => {
    state.dataset.state = "on";
    state.querySelector("span").textContent = "Live";
    receive(JSON.parse(event.data));
  });
  stream.addEventListener("error", () => {
    state.dataset.state = "off";
    state.querySelector("span").textContent = "Connection lost, trying again";
  });
  addEventListener("pagehide", () => stream.close());
}

// "/" goes to the search, as in most tools people know.
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.querySelector("#search")?.focus();
});

// The step that the page is about.
for (const link of document.querySelectorAll(".canvas a.step")) {
  const address = new URL(link.getAttribute("href"), location.href);
  if (address.pathname + address.search === location.pathname + location.search) {
    link.setAttribute("aria-current", "true");
  }
}

// A drawing wider than its frame starts at its middle, where the scenario begins.
for (const canvas of document.querySelectorAll(".canvas")) {
  canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;
}
