// The people of a contract, how far each has come, and which notifications went to whom.
import { fill, h, icon } from "../dom.js";
import { t } from "../language.js";
import { exact, given, moment } from "../moments.js";
import { recipient } from "../causes.js";
import { fullName, masked } from "../status.js";
import { correct } from "./troubles.js";

const looks = { waiting: ["clock", "calm"], invited: ["sent", "busy"], signed: ["check", "good"], declined: ["cross", "bad"], failed: ["alert", "bad"] };

// people lists the signers with their states. Whoever may correct an address does it beside it; done learns of it.
export function people(element, contract, done) {
  fill(element, contract.signers.map((signer, index) => {
    const state = signer.state || "waiting";
    const [picture, tone] = looks[state] ?? looks.waiting;
    return h("li", {},
      h("span", { class: "avatar", "aria-hidden": "true" }, initials(signer)),
      h("span", { class: "what" },
        h("span", { class: "named" },
          h("strong", {}, contract.ordered && contract.signers.length > 1 ? `${index + 1}. ` : "", fullName(signer)),
          h("span", { class: `pill ${tone}` }, icon(picture), t(`signer.${state}`), given(signer.signed_at) && moment(signer.signed_at))),
        h("span", { class: "soft" }, signer.email),
        done && contract.actions?.includes("correct_address") && addressButton(signer, contract, done),
        signer.phone && h("span", { class: "soft" }, masked(signer.phone))));
  }));
}

function addressButton(signer, contract, done) {
  const place = h("span", { class: "trouble" });
  return [h("button", { type: "button", class: "plain link", onclick: (event) => correct(contract, signer, event.currentTarget, place, done) },
    t("action.correct_address"), h("span", { class: "unseen" }, ` ${fullName(signer)}`)), place];
}

function initials(signer) {
  return [signer.first_name, signer.last_name].map((name) => [...(name ?? "")][0] ?? "").join("").toUpperCase() || "?";
}

// notifications lists the mails of a contract, newest last, with whether each left.
export function notifications(element, contract) {
  const all = contract.notifications ?? [];
  fill(element, all.length > 0 && h("section", { class: "card" },
    h("h2", {}, t("contract.notifications")),
    h("ul", { class: "plainlist" }, all.map((notification) => {
      const [picture, words] = fate(notification);
      return h("li", { class: picture === "alert" ? "bad" : null },
        icon(picture), h("span", {}, t(`notification.${notification.kind}`), " · ", recipient(notification, contract)), h("span", { class: "soft" }, words));
    })),
    given(contract.remind_after) && h("p", { class: "soft" }, t("remind.last"), " ", moment(contract.reminded_at),
      new Date(contract.remind_after) > Date.now() && [" · ", t("remind.next", { at: exact(contract.remind_after) })])));
}

// fate is what became of a notification, as a picture and in words.
function fate(notification) {
  if (given(notification.sent_at)) return ["mail", moment(notification.sent_at)];
  if (given(notification.set_aside_at)) return ["cross", t("notification.aside")];
  if (given(notification.unclear_since)) return ["alert", t("notification.unclear")];
  if (notification.refused) return ["alert", t("notification.refused", { reason: notification.refused })];
  if (notification.tries > 0) return ["clock", [t("attention.tries", { n: notification.tries }), given(notification.next_try) && [" · ", t("attention.next"), " ", moment(notification.next_try)]]];
  return ["clock", t("notification.leaving")];
}
