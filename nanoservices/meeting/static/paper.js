// A PDF, drawn page by page with pdf.js, which is loaded only now. Nothing in it runs: no scripts, forms or links of its own,
// only its picture. What takes too long, or cannot be read, is given up with a sentence.
import { ownWorker } from "./trust.js";

const OPEN_MS = 20000;
const DRAW_MS = 15000;
const MOST_POINTS = 4e6; // of what is on the screen: 16 MB
const GAP = 8; // beside a page that has a neighbour
const MOST_PAGES = 200;

const within = (work, ms) => {
  let timer = 0;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("late")), ms); });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

// `give(why)` is called when it cannot be shown.
export function open(box, give) {
  const stop = new AbortController();
  const held = { pages: 1, ratio: 2, document: null, task: null, worker: null, drawing: null, asked: -1, drawn: "" };
  const close = () => {
    stop.abort();
    if (held.drawing) held.drawing.cancel();
    if (held.task) held.task.destroy().catch(() => {});
    if (held.worker) held.worker.terminate();
    box.replaceChildren();
  };
  const fail = (error) => {
    if (stop.signal.aborted) return;
    close();
    if (error.message === "gone") return; // hidden meanwhile: the page is about to hear of it
    const why = error.message === "late" ? "takes too long to draw" : error.name === "PasswordException" ? "needs a password" : "cannot be read as a PDF";
    give(`it ${why}`);
  };
  const ready = within(load(box.dataset.item, held, stop.signal), OPEN_MS).catch(fail);
  const turnTo = (page) => {
    held.asked = page;
    ready.then(() => draw(box, held, page, stop.signal)).catch(fail);
  };
  return { ready, close, turnTo, sheets: () => Math.ceil(held.pages / across(box, held)) };
}

// Pages upright stand two and two on a wide screen.
const across = (box, held) => (held.pages > 1 && box.clientWidth >= 2 * held.ratio * box.clientHeight ? 2 : 1);

async function load(item, held, signal) {
  const [pdf, response] = await Promise.all([import("/static/pdf/pdf.min.mjs"), fetch(`/items/${item}`, { cache: "no-store", signal })]);
  if (!response.ok) throw new Error("gone");
  const data = new Uint8Array(await response.arrayBuffer());
  if (signal.aborted) return;
  held.worker = ownWorker();
  held.task = pdf.getDocument({
    data,
    worker: pdf.PDFWorker.create({ port: held.worker }),
    enableXfa: false,
    stopAtErrors: false,
    useWasm: false,
    wasmUrl: "/static/pdf/",
    useSystemFonts: true,
    useWorkerFetch: false,
    maxImageSize: 40e6,
    verbosity: 0,
  });
  held.document = await held.task.promise;
  held.pages = Math.min(held.document.numPages, MOST_PAGES);
  const { width, height } = (await held.document.getPage(1)).getViewport({ scale: 1 });
  held.ratio = width / height;
}

async function draw(box, held, sheet, signal) {
  if (!held.document || signal.aborted || sheet !== held.asked || !box.clientWidth) return;
  const beside = across(box, held);
  const key = `${sheet} ${beside} ${box.clientWidth} ${box.clientHeight}`;
  if (key === held.drawn) return;
  if (held.drawing) held.drawing.cancel();
  const drawn = [];
  for (let number = sheet * beside; number < Math.min(held.pages, (sheet + 1) * beside); number += 1) {
    const canvas = await paint(box, held, number, beside);
    if (!canvas || signal.aborted || sheet !== held.asked) return;
    drawn.push(canvas);
  }
  held.drawn = key;
  box.replaceChildren(...drawn);
}

// One page, as large as fits; nothing when it is not wanted any more.
async function paint(box, held, number, beside) {
  const page = await within(held.document.getPage(number + 1), DRAW_MS);
  const one = page.getViewport({ scale: 1 });
  const fits = Math.min((box.clientWidth / beside - (beside - 1) * GAP) / one.width, box.clientHeight / one.height);
  const most = Math.sqrt(MOST_POINTS / beside / (one.width * one.height));
  const viewport = page.getViewport({ scale: Math.min(fits * (window.devicePixelRatio || 1), most) });
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.floor(viewport.width));
  canvas.height = Math.max(1, Math.floor(viewport.height));
  canvas.style.width = `${Math.floor(one.width * fits)}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Page ${number + 1} of ${held.pages}`);
  held.drawing = page.render({ canvas, viewport, annotationMode: 0 });
  try {
    await within(held.drawing.promise, DRAW_MS);
  } catch (error) {
    if (error.name === "RenderingCancelledException") return null;
    throw error;
  }
  page.cleanup();
  const text = await within(page.getTextContent(), DRAW_MS).catch(() => null);
  if (text) canvas.textContent = text.items.map((item) => item.str).join(" ").replace(/\s+/g, " ").slice(0, 20000); // for who hears the page
  return canvas;
}
