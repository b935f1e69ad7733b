// A browser for tests in another language: one JSON line in, one JSON line out. Expressions are evaluated as a debugger does,
// so the page keeps the policy that it was sent with.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [peers, chromium] = process.argv.slice(2);
const load = createRequire(pathToFileURL(`${peers}/package.json`));
const { chromium: engine } = load("playwright-core");
const axe = load.resolve("axe-core/axe.min.js");
const browser = await engine.launch({ executablePath: chromium, args: ["--no-sandbox"] });
const pages = new Map();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function evaluate(held, expression) {
  const { result, exceptionDetails } = await held.debug.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
  return result.value ?? null;
}

const acts = {
  async open({ name, url, options }) {
    const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 720 }, ...options });
    const page = await context.newPage();
    const held = { page, context, debug: await context.newCDPSession(page), said: [], requests: [] };
    page.on("console", (message) => held.said.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => held.said.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => { held.said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    page.on("request", (request) => held.requests.push(request.url()));
    pages.set(name, held);
    const began = performance.now();
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForLoadState("load");
    return performance.now() - began;
  },
  async run({ name, expression }) { return evaluate(pages.get(name), expression); },
  async until({ name, expression, ms }) {
    const last = performance.now() + ms;
    for (;;) {
      const found = await evaluate(pages.get(name), expression);
      if (found || performance.now() > last) return Boolean(found);
      await sleep(10);
    }
  },
  async press({ name, key }) { await pages.get(name).page.keyboard.press(key); },
  async shot({ name, path }) { await pages.get(name).page.screenshot({ path }); },
  async said({ name }) { return pages.get(name).said; },
  async requests({ name }) { return pages.get(name).requests; },
  async offline({ name, off }) { await pages.get(name).context.setOffline(off); },
  async tree({ name }) { return pages.get(name).page.locator("body").ariaSnapshot(); },
  async axe({ name }) {
    const held = pages.get(name);
    await evaluate(held, await (await import("node:fs/promises")).readFile(axe, "utf8"));
    return evaluate(held, "axe.run(document).then((found) => found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`))");
  },
  async close({ name }) { await pages.get(name).context.close(); pages.delete(name); },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...words } = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await acts[act](words)) ?? null };
  } catch (error) {
    answer = { error: String(error.message || error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
