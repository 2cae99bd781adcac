// The list of contracts: what there is, what it waits for, what needs a person.
import { call, Problem } from "../api.js";
import { causeWords, firstTrouble } from "../causes.js";
import { announce, fill, h, icon } from "../dom.js";
import { t } from "../language.js";
import { moment } from "../moments.js";
import { explained } from "../notice.js";
import { keep } from "../router.js";
import { is } from "../session.js";
import { attentionPill, final, fullName, pill, statuses, waitsFor } from "../status.js";
import { unproved } from "./address.js";
import { watch } from "../watch.js";

const TYPING = 250; // milliseconds without a key before the search is asked

export async function contractsScreen({ query, signal }) {
  const state = { q: query.get("q") ?? "", status: query.get("status") ?? "", attention: query.get("attention") === "true", cause: query.get("cause") ?? "", items: [], next: "", signal };
  state.rows = h("ul", { class: "rows" });
  state.foot = h("div", { class: "more" });
  const content = h("div", {},
    h("div", { class: "title" },
      h("h1", {}, t("contracts.title")),
      is("manager") && h("a", { class: "button", href: "/contracts/new" }, icon("plus"), t("contracts.new"))),
    unproved(),
    filters(state),
    state.rows,
    state.foot);
  await first(state);
  watch(signal, () => refresh(state), () => (state.items.some((item) => !final(item) && item.status !== "draft") ? 5000 : 30000));
  return { title: t("contracts.title"), content };
}

function filters(state) {
  let typing = 0;
  const changed = () => first(state).catch((error) => trouble(state, error));
  const search = h("input", {
    id: "q", type: "search", value: state.q, placeholder: t("contracts.search"), autocomplete: "off",
    oninput: (event) => { state.q = event.target.value; clearTimeout(typing); typing = setTimeout(changed, TYPING); },
  });
  const status = h("select", { id: "filter", onchange: (event) => { state.status = event.target.value; changed(); } },
    h("option", { value: "" }, t("contracts.all")),
    statuses.map((name) => h("option", { value: name }, t(`status.${name}`))));
  status.value = state.status;
  const attention = h("input", { type: "checkbox", checked: state.attention, onchange: (event) => { state.attention = event.target.checked; changed(); } });
  const cause = state.cause && h("button", {
    type: "button", class: "quiet small", onclick: (event) => { state.cause = ""; event.currentTarget.remove(); changed(); },
  }, icon("cross"), causeWords({ cause: state.cause }), h("span", { class: "unseen" }, ` ${t("contracts.everycause")}`));
  return h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
    h("div", { class: "find" }, icon("search"), h("label", { class: "unseen", for: "q" }, t("contracts.search")), search),
    h("label", { class: "unseen", for: "filter" }, t("contracts.status")), status,
    h("label", { class: "tick" }, attention, t("status.attention")),
    cause);
}

function question(state, cursor) {
  const asked = { ...filtered(state), cursor, limit: "20" };
  return new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
}

function filtered(state) {
  return { q: state.q.trim(), status: state.status, attention: state.attention ? "true" : "", cause: state.cause };
}

// first shows the beginning of the list for the present filters. A later question overtakes an earlier one.
async function first(state) {
  const asked = question(state, "");
  state.asked = asked;
  const { body } = await call("GET", `/contracts?${asked}`, { signal: state.signal });
  if (state.asked !== asked) return;
  keep(filtered(state));
  state.items = body.items ?? [];
  state.next = body.next ?? "";
  draw(state);
  announce(t("contracts.found", { n: state.items.length }));
}

async function more(state) {
  try {
    const { body } = await call("GET", `/contracts?${question(state, state.next)}`, { signal: state.signal });
    const begin = state.items.length;
    state.items.push(...body.items);
    state.next = body.next ?? "";
    draw(state);
    state.rows.children[begin]?.querySelector("a").focus();
  } catch (error) {
    trouble(state, error);
  }
}

// refresh brings the rows that are shown up to date where they stand, and puts what is new at the top.
async function refresh(state) {
  const asked = state.asked;
  try {
    const { body } = await call("GET", `/contracts?${question(state, "")}`, { signal: state.signal });
    if (state.asked !== asked) return;
    const held = new Map(state.items.map((item) => [item.id, item]));
    const changed = body.items.some((item) => held.get(item.id)?.version !== item.version);
    if (!changed) return;
    const seen = new Set(body.items.map((item) => item.id));
    state.items = [...body.items, ...state.items.slice(body.items.length).filter((item) => !seen.has(item.id))];
    draw(state);
  } catch (error) {
    if (!state.signal.aborted && !(error instanceof Problem)) throw error; // else the next look may have more luck
  }
}

function trouble(state, error) {
  if (state.signal.aborted) return;
  if (!(error instanceof Problem)) throw error;
  fill(state.foot, explained(error));
}

function draw(state) {
  const focused = document.activeElement?.closest?.(".rows a")?.getAttribute("href");
  fill(state.rows, state.items.map((item) => row(item, state.cause)));
  if (focused) state.rows.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  fill(state.foot,
    state.items.length === 0 && empty(state),
    state.next && h("button", { type: "button", class: "quiet", onclick: () => more(state) }, t("contracts.more")));
}

// row is one contract; of its troubles it tells the one that the list is about, or else the first.
function row(contract, cause) {
  const trouble = (contract.troubles ?? []).find((one) => one.cause === cause && !one.set_aside_at) ?? firstTrouble(contract);
  return h("li", { class: contract.attention ? "marked" : null }, h("a", { href: `/contracts/${contract.id}` },
    h("span", { class: "what" },
      h("strong", {}, contract.title),
      h("span", { class: "soft" }, contract.signers.map(fullName).join(", "))),
    h("span", { class: "state" }, contract.attention ? attentionPill() : null, pill(contract.status)),
    h("span", { class: "soft next" }, trouble ? causeWords(trouble) : waitsFor(contract)),
    h("span", { class: "soft when" }, moment(contract.updated_at))));
}

function empty(state) {
  const chosen = state.q || state.status || state.attention || state.cause;
  const key = (state.attention || state.cause) && !state.q && !state.status ? "contracts.calm" : chosen ? "contracts.nothing" : is("manager") ? "contracts.begin" : "contracts.none";
  return h("div", { class: "empty" }, icon(key === "contracts.calm" ? "check" : "file"), h("p", {}, t(key)),
    key === "contracts.begin" && h("a", { class: "button", href: "/contracts/new" }, t("contracts.new")));
}
