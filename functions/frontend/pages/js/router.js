// Which screen stands at which address. A change of address within the pages loads no document, so that the access
// token can stay in memory.
import { announce, fill } from "./dom.js";

let routes = [];
let around = () => {};
let leaving = new AbortController();

// start begins to show screens. Each route is [pattern, screen]: screen({match, query, signal}) resolves to {title,
// content}; signal aborts when the person leaves. decorate runs after every change of address.
export function start(table, decorate) {
  routes = table;
  around = decorate;
  document.addEventListener("click", follow);
  addEventListener("popstate", () => show());
  return show();
}

// go shows the screen at path; replace leaves no trace of the present one in the browser's history.
export function go(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  return show();
}

// keep writes what the screen shows into the address, so that it can be reloaded and shared, and shows nothing anew.
export function keep(query) {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
}

// show shows the screen of the present address.
export async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const [pattern, screen] = routes.find(([candidate]) => candidate.test(location.pathname)) ?? [];
  if (!screen) return location.reload(); // the server has the page for what does not exist
  const shown = await screen({ match: location.pathname.match(pattern), query: new URLSearchParams(location.search), signal });
  if (signal.aborted || !shown) return undefined;
  const main = document.getElementById("main");
  document.title = `${shown.title} · Paraphe`;
  fill(main, shown.content);
  around();
  scrollTo(0, 0);
  announce(shown.title);
  (shown.focus ?? main).focus({ preventScroll: true });
  return undefined;
}

function follow(event) {
  const link = event.target.closest("a[href]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.target || link.download || event.defaultPrevented) return;
  const address = new URL(link.href);
  if (address.origin !== location.origin || address.hash || !routes.some(([pattern]) => pattern.test(address.pathname))) return;
  event.preventDefault();
  go(address.pathname + address.search);
}
