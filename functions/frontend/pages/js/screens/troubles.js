// What does not go on with a contract: each with since when, how often it was tried, what is next, and what helps.
import { call, newKey, Problem } from "../api.js";
import { aboutWords, causeWords, notificationOf, meansWords, recipient } from "../causes.js";
import { ask } from "../dialog.js";
import { announce, fill, h, icon } from "../dom.js";
import { t } from "../language.js";
import { REASON } from "../limits.js";
import { given, moment } from "../moments.js";
import { explained } from "../notice.js";
import { fullName } from "../status.js";

// troubles draws them into element. done(contract) learns of every order that was taken. What says the same again is not
// drawn again, so that it is read out once and a button under the finger stays where it is.
export function troubles(element, contract, done) {
  const all = (contract.troubles ?? []).filter(({ cause }) => cause);
  const mark = JSON.stringify([all, contract.actions]);
  if (element.dataset.says === mark) return;
  element.dataset.says = mark;
  const open = all.filter((trouble) => !given(trouble.set_aside_at));
  const aside = all.filter((trouble) => given(trouble.set_aside_at));
  fill(element,
    open.length > 0 && h("section", { class: "card troubles" },
      h("h2", {}, icon("alert"), t(open.every(({ ours }) => ours) ? "attention.waits" : "contract.attention")),
      h("ul", {}, open.map((trouble) => item(trouble, contract, done)))),
    aside.length > 0 && h("details", { class: "card aside" },
      h("summary", {}, t("attention.also")),
      h("ul", {}, aside.map((trouble) => item(trouble, contract, done)))));
}

function item(trouble, contract, done) {
  const place = h("div", { class: "trouble" });
  const about = aboutWords(trouble, contract);
  return h("li", {},
    h("p", {}, h("strong", {}, causeWords(trouble)), about && h("span", { class: "soft" }, ` ${about}`)),
    trouble.detail && h("p", { class: "cause" }, trouble.detail),
    h("p", { class: "soft" }, trouble.ours ? t("attention.operators") : meansWords(trouble)),
    times(trouble),
    place,
    buttons(trouble, contract, done, place));
}

// times says since when, how often, and when next.
export function times({ since, tries, next_try: next, set_aside_at: aside }) {
  return h("p", { class: "soft times" },
    h("span", {}, t("attention.since"), " ", moment(since)),
    tries > 0 && h("span", {}, t("attention.tries", { n: tries })),
    given(aside) ? h("span", {}, t("attention.aside"), " ", moment(aside))
      : given(next) ? h("span", {}, t("attention.next"), " ", moment(next)) : h("span", {}, t("attention.person")));
}

// buttons are the remedies that the service names and that this person may take; cancelling has its own place above.
function buttons(trouble, contract, done, place) {
  const names = (trouble.remedies ?? []).filter((name) => name !== "cancel" && contract.actions?.includes(name));
  return names.length > 0 && h("div", { class: "buttons" }, names.map((name, index) => h("button", {
    type: "button", class: index === 0 && name !== "set_aside" ? "small" : "small quiet",
    onclick: (event) => run(name, trouble, contract, event.currentTarget, place, done),
  }, t(`action.${name}`))));
}

async function run(name, trouble, contract, button, place, done) {
  if (name === "correct_address") {
    const notification = notificationOf(trouble, contract);
    return correct(contract, contract.signers.find(({ id }) => id === notification?.recipient), button, place, done);
  }
  const body = await order(name, trouble, contract);
  if (body !== null) await send(button, place, done, name, "POST", `/contracts/${contract.id}/${name.replace("_", "-")}`, body);
  return undefined;
}

// order asks before what cannot be taken back, and resolves to what is sent with it; to null for "rather not".
async function order(name, trouble, contract) {
  if (name === "set_aside") {
    const reason = await ask({ title: t("ask.aside"), text: t("ask.asidetext"), confirm: t("action.set_aside"), label: t("ask.why"), limit: REASON, required: true });
    return reason === null ? null : { about: trouble.about, reason };
  }
  if (name === "send_again") {
    const notification = notificationOf(trouble, contract);
    const text = t(given(notification?.unclear_since) ? "ask.againunclear" : "ask.againrefused", { name: notification ? recipient(notification, contract) : "" });
    return (await ask({ title: t("ask.again"), text, confirm: t("action.send_again") })) === null ? null : { about: trouble.about };
  }
  return undefined;
}

// correct asks for the right address of a signer, and has it written down.
export async function correct(contract, signer, button, place, done) {
  const email = await ask({
    title: t("ask.address", { name: fullName(signer) }), text: t("ask.addresstext"), confirm: t("action.correct_address"),
    label: t("ask.email"), type: "email", value: signer.email, required: true,
  });
  if (email === null || email === signer.email) return;
  await send(button, place, done, "correct_address", "PATCH", `/contracts/${contract.id}/signers/${signer.id}`, { email });
}

async function send(button, place, done, name, method, path, body) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  fill(place);
  try {
    const answer = await call(method, path, { body, key: newKey() });
    announce(t(`action.${name}.done`));
    done(answer.body);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(place, explained(error), error.fields.length > 0 && h("p", { class: "soft" }, error.fields.map(({ reason }) => reason).join(", ")));
    if (error.status === 409) done(null); // what stands here may be why it was refused
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
