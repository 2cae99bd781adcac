// What nobody could take: events among the dead letters, with why, and a way to have each tried again.
import { call, newKey, Problem } from "../api.js";
import { announce, fill, h, icon } from "../dom.js";
import { t } from "../language.js";
import { given, moment } from "../moments.js";
import { explained } from "../notice.js";
import { watch } from "../watch.js";

const REST = 15000; // milliseconds between looks

export async function stuckScreen({ signal }) {
  const list = h("ul", { class: "stuck" });
  const content = h("div", {},
    h("div", { class: "title" }, h("h1", {}, t("stuck.title")), h("a", { class: "button quiet", href: "/contracts?attention=true" }, icon("alert"), t("stuck.contracts"))),
    h("p", { class: "soft lead" }, t("stuck.lead")),
    list);
  await load(list, signal);
  watch(signal, () => load(list, signal).catch((error) => { if (!signal.aborted && !(error instanceof Problem)) throw error; }), () => REST);
  return { title: t("stuck.title"), content };
}

async function load(list, signal) {
  const { body } = await call("GET", "/dead-letters", { signal });
  const deadLetters = body.items ?? body;
  const digest = JSON.stringify(deadLetters);
  if (list.dataset.shown === digest) return; // a button under the finger stays where it is
  list.dataset.shown = digest;
  fill(list, deadLetters.map((deadLetter) => card(deadLetter, () => load(list, signal))),
    deadLetters.length === 0 && h("li", { class: "empty" }, icon("check"), h("p", {}, t("stuck.none"))));
}

function card(deadLetter, changed) {
  const trouble = h("div", { class: "trouble" });
  return h("li", { class: "card" },
    h("div", { class: "title" },
      h("div", {}, h("h2", {}, deadLetter.type || t("stuck.unreadable")), h("p", { class: "soft" }, moment(deadLetter.at), " · ", t("stuck.between", { from: deadLetter.source || "?", to: last(deadLetter.destination) }))),
      given(deadLetter.replayed_at)
        ? h("span", { class: "pill good" }, icon("check"), t("stuck.replayed"), " ", moment(deadLetter.replayed_at))
        : h("button", { type: "button", class: "quiet small", onclick: (event) => replay(deadLetter, event.currentTarget, trouble, changed) }, t("stuck.replay"))),
    h("p", { class: "cause" }, deadLetter.code && h("span", { class: "tag" }, deadLetter.code), " ", deadLetter.cause || t("stuck.nocause")),
    deadLetter.contract && h("p", {}, h("a", { href: `/contracts/${deadLetter.contract}` }, t("stuck.contract"))),
    trouble);
}

function last(destination) {
  return (destination ?? "").replace(/^https?:\/\//, "").split(/[./:]/)[0] || "?";
}

async function replay(deadLetter, button, trouble, changed) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    await call("POST", `/dead-letters/${encodeURIComponent(deadLetter.id)}/replay`, { key: newKey() });
    announce(t("stuck.again"));
    await changed();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(trouble, explained(error));
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
