// What needs attention, by cause: what is wrong, what it means, since when, for how many, and what helps all of them.
import { call, newKey, Problem } from "../api.js";
import { causeWords, meansWords } from "../causes.js";
import { ask } from "../dialog.js";
import { announce, fill, h, icon } from "../dom.js";
import { t } from "../language.js";
import { REASON } from "../limits.js";
import { explained } from "../notice.js";
import { is } from "../session.js";
import { watch } from "../watch.js";
import { times } from "./troubles.js";

const REST = 10000; // milliseconds between looks

export async function attentionScreen({ signal }) {
  const list = h("ul", { class: "causes" });
  const state = { list, signal, shown: "" };
  const content = h("div", {},
    h("div", { class: "title" },
      h("h1", {}, t("attention.title")),
      is("administrator") && h("a", { class: "button quiet", href: "/stuck" }, icon("mail"), t("attention.undelivered"))),
    h("p", { class: "soft lead" }, t("attention.lead")),
    list);
  await load(state);
  watch(signal, () => load(state).catch((error) => { if (!signal.aborted && !(error instanceof Problem)) throw error; }), () => REST);
  return { title: t("attention.title"), content };
}

async function load(state) {
  const { body } = await call("GET", "/attention", { signal: state.signal });
  const digest = JSON.stringify(body.items);
  if (state.shown === digest) return; // a button under the finger stays where it is
  state.shown = digest;
  fill(state.list, body.items.map((cause) => card(cause, state)),
    body.items.length === 0 && h("li", { class: "empty" }, icon("check"), h("p", {}, t("contracts.calm"))));
}

function card(cause, state) {
  const place = h("div", { class: "trouble" });
  return h("li", { class: "card" },
    h("div", { class: "title" },
      h("h2", {}, causeWords(cause)),
      h("a", { class: "button quiet small", href: `/contracts?cause=${encodeURIComponent(cause.cause)}` }, t("attention.contracts", { n: cause.contracts }))),
    cause.ours && h("p", {}, h("span", { class: "pill bad" }, icon("alert"), t("attention.ours"))),
    h("p", {}, meansWords(cause)),
    cause.ours && h("p", { class: "soft" }, t("attention.operators")),
    times(cause),
    place,
    h("div", { class: "buttons" }, cause.remedies.map((name, index) => h("button", {
      type: "button", class: index === 0 && name !== "set_aside" ? "small" : "small quiet",
      onclick: (event) => forAll(name, cause, event.currentTarget, place, state),
    }, t(name === "retry" ? "attention.retryall" : "attention.asideall")))));
}

// forAll says what will be done before it is done, and how much of it was done afterwards.
async function forAll(name, cause, button, place, state) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  fill(place);
  try {
    const path = `/attention/${encodeURIComponent(cause.cause)}/${name.replace("_", "-")}`;
    const { body: before } = await call("POST", `${path}?dry_run=true`, { key: newKey() });
    const reason = before.done > 0 ? await confirmed(name, before) : "";
    if (reason === null) return;
    const { body } = await call("POST", path, { body: name === "set_aside" && before.done > 0 ? { reason } : undefined, key: newKey() });
    const said = [body.done > 0 ? t("attention.done", { n: body.done }) : t("attention.nothing"), body.left > 0 && t("attention.left", { n: body.left })].filter(Boolean).join(" ");
    announce(said);
    await load(state);
    fill(place, h("p", { class: "alert" }, said));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(place, explained(error));
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

async function confirmed(name, { done, left }) {
  const more = left > 0 ? ` ${t("ask.allleft", { n: left })}` : "";
  if (name === "retry") return ask({ title: t("ask.retryall"), text: t("ask.retryalltext", { n: done }) + more, confirm: t("attention.retryall") });
  return ask({ title: t("ask.asideall"), text: t("ask.asidealltext", { n: done }) + more, confirm: t("attention.asideall"), label: t("ask.why"), limit: REASON, required: true });
}
