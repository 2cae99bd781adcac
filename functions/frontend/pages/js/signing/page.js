// The signer's page as it is laid out: what is asked, the document, and the panel with what to do.
import { documents, load } from "../document.js";
import { fill, h, icon } from "../dom.js";
import { list, t } from "../language.js";
import { date, given, moment } from "../moments.js";
import { fullName, masked, signedCount } from "../status.js";
import { hasAccount } from "../session.js";

const pictures = {
  ready: "pen", confirming: "clock", turn: "clock", others: "check", closing: "check", preparing: "clock", withdrawing: "clock",
  done: "check", late: "alert", declined: "cross", expired: "timer", cancelled: "cross",
};

// page lays the page out in main. It returns what draws a stage into it.
export function page(main, contract) {
  const parts = { intro: h("header", { class: "intro" }), panel: h("section", { class: "card panel" }), document: h("div", {}) };
  const show = documents(parts.document);
  const all = h("div", {}, parts.intro, h("section", { class: "card reading" }, h("h2", {}, t("sign.document")), parts.document), parts.panel);
  fill(main, all);
  return (situation) => {
    all.className = `signing ${situation.at}`;
    intro(parts.intro, situation.contract);
    show(situation.contract);
    panel(parts.panel, situation);
  };
}

function intro(element, contract) {
  const open = contract.status === "sent" || contract.status === "preparing";
  fill(element,
    h("p", { class: "soft" }, t(open ? "sign.asks" : "sign.asked", { name: contract.owner?.name || t("person.owner") })),
    h("h1", {}, contract.title),
    open && h("p", { class: "soft" }, icon("timer"), t("sign.until"), " ", date(contract.deadline)));
}

// panel says where the signer stands, and offers the one thing to do.
function panel(element, situation) {
  const { contract, me, at, long } = situation;
  const others = contract.signers.filter(({ id, state }) => id !== me.id && state !== "signed").map(fullName);
  const values = {
    name: me.first_name || fullName(me), owner: contract.owner?.name || t("person.owner"), phone: masked(me.phone ?? ""),
    others: list(others), n: signedCount(contract), of: contract.signers.length,
  };
  const trouble = h("div", { class: "trouble" });
  fill(element,
    h("h2", { class: `stage ${at}` }, icon(pictures[at]), t(`sign.${at}.title`, values)),
    h("p", {}, t(`sign.${at}.text`, values)),
    at === "ready" && ways(values),
    long && h("p", { class: "soft" }, t("sign.confirming.long")),
    given(me.signed_at) && h("p", { class: "soft" }, t("sign.signedat"), " ", moment(me.signed_at)),
    trouble,
    action(situation, trouble),
    hasAccount() && h("p", { class: "soft" }, h("a", { href: "/address" }, t("sign.account"))));
}

function ways(values) {
  return h("ol", { class: "ways" }, ["read", "code", "copy"].map((step) => h("li", {}, t(`sign.way.${step}`, values))));
}

function action({ contract, at, sign }, trouble) {
  if (at === "ready") return h("button", { type: "button", class: "wide big", onclick: (event) => sign(event.currentTarget, trouble) }, icon("pen"), t("sign.ready.button"));
  if (at === "confirming") return h("button", { type: "button", class: "quiet wide", onclick: (event) => sign(event.currentTarget, trouble) }, t("sign.confirming.button"));
  if ((at === "done" || at === "late") && contract.documents?.signed) return copy(contract);
  return null;
}

// copy is a link that saves the signed copy. It is there once the file is, so that one touch is enough.
function copy(contract) {
  const link = h("a", { class: "button wide big", "aria-disabled": "true" }, icon("down"), t("sign.done.button"));
  load(contract, "signed").then((address) => {
    link.href = address;
    link.download = `${contract.title}.pdf`;
    link.removeAttribute("aria-disabled");
  }, () => link.remove()); // the document above says what went wrong, and offers to try again
  return link;
}
