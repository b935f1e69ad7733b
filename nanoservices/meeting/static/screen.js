// Keeps the page as the room's screen should be: a version comes over /events, its fragment is fetched and swapped in.
// A page that has lost the room says so, and soon shows nothing: it would not hear that it has to hide.
"use strict";

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
  farewell = farewell || setTimeout(() => shown.replaceChildren(), GRACE_MS);
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
    shown.innerHTML = text;
    clearTimeout(farewell);
    farewell = 0;
    stale.hidden = true;
  } catch (error) {
    if (!mine.signal.aborted) fail();
  }
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

connect();
