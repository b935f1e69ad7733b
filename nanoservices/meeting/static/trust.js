// The one place that makes markup and workers' addresses of texts (Trusted Types, where the browser has them): what comes
// from /fragment has been escaped there, and the viewer's worker is our own.
const policy = window.trustedTypes
  ? trustedTypes.createPolicy("room", { createHTML: (text) => text, createScriptURL: (text) => text })
  : { createHTML: (text) => text, createScriptURL: (text) => text };

export const asMarkup = (text) => policy.createHTML(text);
export const ownWorker = () => new Worker(policy.createScriptURL("/static/pdf/pdf.worker.min.mjs"), { type: "module" });
