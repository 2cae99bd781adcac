// The people of a contract, how far each has come, and which letters went to whom.
import { fill, h, icon } from "../dom.js";
import { t } from "../language.js";
import { given, moment } from "../moments.js";
import { fullName } from "../status.js";

const looks = { waiting: ["clock", "calm"], invited: ["sent", "busy"], signed: ["check", "good"], declined: ["cross", "bad"], failed: ["alert", "bad"] };

// people lists the signers with their states.
export function people(element, contract) {
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
        signer.phone && h("span", { class: "soft" }, masked(signer.phone))));
  }));
}

function initials(signer) {
  return [signer.first_name, signer.last_name].map((name) => [...(name ?? "")][0] ?? "").join("").toUpperCase() || "?";
}

// masked hides the middle of a telephone number: enough to recognise it, too little to copy it from a screen.
export function masked(phone) {
  return phone.length > 6 ? `${phone.slice(0, 3)} ••• ${phone.slice(-2)}` : phone;
}

// letters lists the mails of a contract, newest last, with whether each left.
export function letters(element, contract) {
  const all = contract.letters ?? [];
  fill(element, all.length > 0 && h("section", { class: "card" },
    h("h2", {}, t("contract.letters")),
    h("ul", { class: "plainlist" }, all.map((letter) => h("li", { class: letter.refused ? "bad" : null },
      icon(letter.refused ? "alert" : given(letter.sent_at) ? "mail" : "clock"),
      h("span", {}, t(`letter.${letter.name}`), " · ", recipient(letter, contract)),
      h("span", { class: "soft" }, letter.refused ? t("letter.refused", { reason: letter.refused }) : given(letter.sent_at) ? moment(letter.sent_at) : t("letter.leaving")))))));
}

function recipient(letter, contract) {
  if (letter.recipient === "owner") return contract.owner?.name || t("person.owner");
  const signer = contract.signers.find(({ id }) => id === letter.recipient);
  return signer ? fullName(signer) : t("person.unknown");
}
