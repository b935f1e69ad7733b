// A PDF, drawn page by page with pdf.js, which is loaded only now. Nothing in it runs: no scripts, forms or links of its own,
// only its picture. What takes too long, or cannot be read, is given up with a sentence.
import { ownWorker } from "./trust.js";

const OPEN_MS = 20000;
const DRAW_MS = 15000;
const MOST_POINTS = 4e6; // of a page on the screen: 16 MB
const MOST_PAGES = 200;

const within = (work, ms) => {
  let timer = 0;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("late")), ms); });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

// `give(why)` is called when it cannot be shown.
export function open(box, give) {
  const stop = new AbortController();
  const held = { pages: 1, document: null, task: null, worker: null, drawing: null, asked: -1, drawn: "" };
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
  return { ready, close, turnTo, sheets: () => held.pages };
}

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
}

async function draw(box, held, number, signal) {
  if (!held.document || signal.aborted || number !== held.asked || !box.clientWidth) return;
  const key = `${number} ${box.clientWidth} ${box.clientHeight}`;
  if (key === held.drawn) return;
  if (held.drawing) held.drawing.cancel();
  const page = await within(held.document.getPage(number + 1), DRAW_MS);
  const one = page.getViewport({ scale: 1 });
  const fits = Math.min(box.clientWidth / one.width, box.clientHeight / one.height);
  const most = Math.sqrt(MOST_POINTS / (one.width * one.height));
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
    if (error.name === "RenderingCancelledException") return;
    throw error;
  }
  page.cleanup();
  if (signal.aborted || number !== held.asked) return;
  held.drawn = key;
  const text = await within(page.getTextContent(), DRAW_MS).catch(() => null);
  if (text) canvas.textContent = text.items.map((item) => item.str).join(" ").replace(/\s+/g, " ").slice(0, 20000); // for who hears the page
  if (!signal.aborted && number === held.asked) box.replaceChildren(canvas);
}
