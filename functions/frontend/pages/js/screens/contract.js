// One contract: how it stands, what it waits for, its document, its people, its past and what is due. It keeps
// itself up to date.
import { call, Problem } from "../api.js";
import { documents } from "../document.js";
import { announce, fill, h, icon } from "../dom.js";
import { t } from "../language.js";
import { date } from "../moments.js";
import { final, pill, rest, steps, waitsFor } from "../status.js";
import { timeline } from "../timeline.js";
import { watch } from "../watch.js";
import { actions } from "./actions.js";
import { details } from "./details.js";
import { notifications, people } from "./people.js";
import { troubles } from "./troubles.js";

export async function contractScreen({ match, signal }) {
  const path = `/contracts/${encodeURIComponent(match[1])}`;
  const { body, etag } = await call("GET", path, { signal });
  const parts = places();
  const state = { path, signal, etag, contract: body, parts, shown: documents(parts.document) };
  state.poke = watch(signal, () => look(state), () => rest(state.contract));
  draw(state);
  return { title: body.title, content: page(parts) };
}

function places() {
  const names = { head: "div", actions: "div", trouble: "div", banner: "div", way: "div", waits: "p", document: "div", people: "ul", notifications: "div", details: "div", timeline: "ol" };
  const parts = Object.fromEntries(Object.entries(names).map(([name, tag]) => [name, h(tag, { class: name })]));
  parts.banner.setAttribute("role", "status");
  return parts;
}

function page(parts) {
  const card = (title, ...content) => h("section", { class: "card" }, h("h2", {}, title), content);
  return h("div", {},
    h("a", { class: "backlink", href: "/contracts" }, icon("back"), t("contracts.title")),
    h("div", { class: "title" }, parts.head, parts.actions),
    parts.trouble, parts.banner,
    h("section", { class: "card standing" }, parts.way, parts.waits),
    h("div", { class: "columns" },
      h("div", {}, h("section", { class: "card" }, h("h2", {}, t("contract.document")), parts.document), parts.details),
      h("div", {},
        card(t("contract.people"), parts.people),
        parts.notifications,
        card(t("contract.timeline"), parts.timeline))));
}

// look asks whether anything changed, and draws it if so.
async function look(state) {
  try {
    const { status, body, etag } = await call("GET", state.path, { etag: state.etag, signal: state.signal });
    if (status !== 304) take(state, body, etag);
  } catch (error) {
    if (state.signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) location.reload(); // the session ended; the log-in comes back to this address
  }
}

function take(state, contract, etag) {
  const before = state.contract;
  Object.assign(state, { contract, etag });
  if (before.status !== contract.status) announce(`${t(`status.${contract.status}`)}. ${waitsFor(contract)}`);
  draw(state);
}

function draw(state) {
  const { contract, parts } = state;
  fill(parts.head, h("h1", {}, contract.title), h("div", { class: "meta" }, pill(contract.status),
    contract.owner?.name && h("span", { class: "soft" }, t("contract.by", { name: contract.owner.name })),
    !final(contract) && h("span", { class: "soft" }, t("contract.until"), " ", date(contract.deadline))));
  const done = (after) => {
    if (after) take(state, after, null);
    state.poke();
  };
  actions(parts.actions, parts.trouble, contract, done);
  fill(parts.way, steps(contract));
  fill(parts.waits, waitsFor(contract));
  troubles(parts.banner, contract, done);
  state.shown(contract);
  people(parts.people, contract, done);
  notifications(parts.notifications, contract);
  showDetails(state);
  showHistory(state);
}

async function showHistory(state) {
  const { version } = state.contract;
  if (state.history === version) return;
  state.history = version;
  try {
    const { body } = await call("GET", `${state.path}/history`, { signal: state.signal });
    timeline(state.parts.timeline, state.contract, body.items ?? []);
  } catch (error) {
    state.history = null; // the next look tries again
    if (!state.signal.aborted && !(error instanceof Problem)) throw error;
  }
}

async function showDetails(state) {
  const { contract, parts } = state;
  const shown = parts.details.firstElementChild;
  if (shown && contract.documents?.draft && !state.folded) shown.open = false; // there is a document to read instead
  state.folded ||= Boolean(contract.documents?.draft);
  if (!contract.data || state.asked) return;
  state.asked = true;
  const name = contract.template.split("/")[0];
  const found = await call("GET", `/templates/${encodeURIComponent(name)}`, { signal: state.signal }).catch(() => null); // the values stand without their labels too
  if (!state.signal.aborted) fill(parts.details, details(state.contract, found?.body));
}
