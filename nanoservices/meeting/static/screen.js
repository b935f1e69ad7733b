// Keeps the page as the room's screen should be: a version comes over /events, its fragment is fetched and swapped in.
// A page that has lost the room says so, and soon shows nothing: it would not hear that it has to hide.
import { lay, leave } from "./deck.js";
import { sayTimes } from "./times.js";
import { asMarkup } from "./trust.js";

const SILENT_MS = 6000; // three beats
const GRACE_MS = 3000;
const AGAIN_MS = 1000;
const shown = document.getElementById("shown");
const stale = document.getElementById("stale");
let source = null;
let asking = null;
let silence = 0;
let farewell = 0;

function lost() {
  if (asking) asking.abort();
  stale.hidden = false;
  farewell = farewell || setTimeout(() => { leave(); shown.replaceChildren(); }, GRACE_MS);
}

function heard() {
  clearTimeout(silence);
  silence = setTimeout(() => connect(), SILENT_MS);
}

async function refresh() {
  if (asking) asking.abort(); // an older answer must not come after a newer one
  const mine = (asking = new AbortController());
  try {
    const response = await fetch("/fragment", { cache: "no-store", signal: mine.signal });
    const text = await response.text();
    if (!response.ok) throw new Error(response.status);
    if (mine.signal.aborted) return;
    put(text);
    clearTimeout(farewell);
    farewell = 0;
    stale.hidden = true;
  } catch (error) {
    if (!mine.signal.aborted) fail();
  }
}

// The same contents stay where they are, on the sheet they are at; only what is said of them changes.
function put(text) {
  const next = document.createElement("template");
  next.innerHTML = asMarkup(text);
  const [now, then] = [shown.querySelector("main"), next.content.querySelector("main")];
  if (now && then.dataset.key && now.dataset.key === then.dataset.key) {
    for (const part of [".kind", ".agenda", ".quiet"]) now.querySelector(part)?.replaceWith(then.querySelector(part));
    now.dataset.version = then.dataset.version;
  } else {
    leave();
    shown.replaceChildren(...next.content.childNodes);
    lay(shown.querySelector("#deck"));
  }
  sayTimes();
}

function fail() {
  lost();
  clearTimeout(silence);
  if (source) source.close();
  silence = setTimeout(connect, AGAIN_MS);
}

function connect() {
  if (source) {
    source.close();
    lost();
  }
  source = new EventSource("/events");
  source.addEventListener("version", () => { heard(); refresh(); });
  source.addEventListener("beat", heard);
  source.addEventListener("error", fail);
  heard();
}

setInterval(sayTimes, 5000);
sayTimes();
lay(document.getElementById("deck"));
connect();
