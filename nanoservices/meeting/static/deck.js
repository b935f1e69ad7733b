// Documents one at a time and sheet by sheet, as large as the screen: nobody scrolls a wall. Sheets turn by themselves until
// somebody turns one (keys, a presenter, the buttons). Without this script all of them stand below each other.
import { open } from "./paper.js";

const TURN_MS = 20000;
let deck = null; // what is laid out now: {stop, papers, at, ...}

// Called when the contents go: nothing of them is left, nor under way.
export function leave() {
  if (!deck) return;
  clearInterval(deck.turning);
  deck.watcher.disconnect();
  for (const paper of deck.papers) if (paper.close) paper.close();
  deck = null;
}

export function lay(section) {
  if (!section) return;
  const articles = [...section.querySelectorAll("article")];
  if (!articles.length) return;
  section.classList.add("laid");
  const mine = (deck = { section, papers: articles.map(paper), at: [0, 0], turning: 0, bar: bar(section) });
  mine.papers.forEach((one, index) => one.ready.then(() => deck === mine && settle(index)));
  mine.watcher = new ResizeObserver(() => deck === mine && show(...mine.at));
  mine.watcher.observe(section);
  mine.turning = setInterval(() => turn(1), TURN_MS);
  show(0, 0);
}

// What a document is to the deck: how many sheets it has, and how one of them comes to be seen.
function paper(article) {
  const body = article.querySelector(".body");
  if (article.classList.contains("pdf")) return { article, ...open(body.querySelector(".pages"), (why) => drop(article, why)) };
  const image = article.classList.contains("image") && body.querySelector("img");
  if (image) {
    const fails = () => drop(article, "it cannot be read as a picture");
    if (image.complete && image.currentSrc && !image.naturalWidth) setTimeout(fails);
    image.addEventListener("error", fails);
    return { article, sheets: () => 1, turnTo: () => {}, ready: Promise.resolve() };
  }
  const step = () => body.clientWidth + parseFloat(getComputedStyle(body).columnGap || 0);
  return {
    article,
    sheets: () => Math.max(1, Math.round((body.scrollWidth + step() - body.clientWidth) / step())),
    turnTo: (sheet) => { body.scrollLeft = sheet * step(); },
    ready: Promise.resolve(),
  };
}

function drop(article, why) {
  const quiet = document.querySelector(".quiet");
  const said = document.createElement("span");
  said.textContent = `${article.querySelector(".name").textContent} is not shown: ${why}`;
  quiet.append(said, " ");
  if (!deck) return article.remove();
  const index = deck.papers.findIndex((one) => one.article === article);
  if (index >= 0) deck.papers.splice(index, 1);
  article.remove();
  if (!deck.papers.length) {
    deck.bar.root.remove();
    return leave();
  }
  if (index <= deck.at[0]) show(Math.max(0, deck.at[0] - (index < deck.at[0] ? 1 : 0)) % deck.papers.length, 0);
  else show(...deck.at);
}

function settle(index) {
  if (index === deck.at[0]) show(...deck.at);
  else tell();
}

function show(index, sheet) {
  deck.papers.forEach((one, other) => { one.article.classList.toggle("away", other !== index); });
  const one = deck.papers[index];
  const last = one.sheets() - 1;
  deck.at = [index, Math.max(0, Math.min(sheet, last))];
  one.turnTo(deck.at[1]);
  tell();
}

function turn(by) {
  if (!deck || !deck.papers.length) return;
  let [index, sheet] = deck.at;
  sheet += by;
  if (sheet >= deck.papers[index].sheets() || sheet < 0) {
    index = (index + by + deck.papers.length) % deck.papers.length;
    show(index, 0);
    if (by < 0) show(index, deck.papers[index].sheets() - 1);
  } else show(index, sheet);
}

// --- the bar below it --------------------------------------------------------------------------------------------------

function bar(section) {
  const root = document.createElement("nav");
  root.id = "bar";
  root.setAttribute("aria-label", "Sheets");
  const button = (label, sign, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.setAttribute("aria-label", label);
    made.textContent = sign;
    made.addEventListener("click", act);
    return made;
  };
  const name = document.createElement("span");
  name.className = "name";
  const where = document.createElement("span");
  const pause = button("Stop turning by itself", "❚❚", () => (deck.turning ? hold() : go()));
  root.append(name, button("Back", "‹", () => by(-1)), where, button("On", "›", () => by(1)), pause);
  section.parentElement.querySelector(".foot").append(root);
  return { root, name, where, pause };
}

function tell() {
  const sheets = deck.papers.map((one) => one.sheets());
  const all = sheets.reduce((sum, more) => sum + more, 0);
  const before = sheets.slice(0, deck.at[0]).reduce((sum, more) => sum + more, 0);
  deck.bar.root.classList.toggle("one", all < 2);
  deck.bar.name.textContent = deck.papers[deck.at[0]].article.querySelector(".name").textContent;
  deck.bar.where.textContent = `${before + deck.at[1] + 1} of ${all}`;
}

function hold() {
  clearInterval(deck.turning);
  deck.turning = 0;
  deck.bar.pause.textContent = "▶";
  deck.bar.pause.setAttribute("aria-label", "Turn by itself");
}

function go() {
  deck.turning = setInterval(() => turn(1), TURN_MS);
  deck.bar.pause.textContent = "❚❚";
  deck.bar.pause.setAttribute("aria-label", "Stop turning by itself");
}

function by(step) {
  hold();
  turn(step);
}

const KEYS = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
document.addEventListener("keydown", (event) => {
  if (!deck || !(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  by(KEYS[event.key]);
});
