// How a contract stands, in a pill, in steps and in a sentence. Never in colour alone.
import { h, icon } from "./dom.js";
import { list, t } from "./language.js";
import { day, given } from "./moments.js";

const looks = {
  draft: ["draft", "calm"], preparing: ["clock", "busy"], sent: ["sent", "busy"], signed: ["pen", "good"],
  completed: ["check", "good"], declined: ["cross", "bad"], expired: ["timer", "warn"], cancelled: ["cross", "calm"],
};

export const statuses = Object.keys(looks);

export function final(contract) {
  return ["completed", "declined", "expired", "cancelled"].includes(contract.status);
}

// pill is the status as icon, word and colour.
export function pill(status) {
  const [picture, tone] = looks[status] ?? ["clock", "calm"];
  return h("span", { class: `pill ${tone}` }, icon(picture), t(`status.${status}`));
}

// attentionPill says that somebody has to look.
export function attentionPill() {
  return h("span", { class: "pill bad" }, icon("alert"), t("status.attention"));
}

export function fullName(person) {
  return [person.first_name, person.last_name].filter(Boolean).join(" ") || t("person.unknown");
}

// masked hides the middle of a telephone number: enough to recognise it, too little to copy it from a screen.
export function masked(phone) {
  return phone.length > 6 ? `${phone.slice(0, 3)} ••• ${phone.slice(-2)}` : phone;
}

export function signedCount(contract) {
  return contract.signers.filter((signer) => signer.state === "signed").length;
}

// late reports whether everyone signed although the contract had ended: the signed copy is there all the same.
export function late(contract) {
  return final(contract) && contract.status !== "completed" && Boolean(contract.documents?.signed);
}

// waitsFor says in one sentence what happens next, and by whom.
export function waitsFor(contract) {
  const values = { day: day(contract.deadline), names: list(asked(contract)), n: asked(contract).length };
  if (late(contract)) return t("waits.late");
  switch (contract.status) {
    case "preparing": return t(contract.documents?.draft ? "waits.handing" : "waits.drawing");
    case "sent": return contract.cancel_wanted ? t("waits.cancelling") : t(values.n ? "waits.signers" : "waits.confirmation", values);
    case "signed": return t(contract.documents?.signed && contract.documents?.proof ? "waits.notifications" : "waits.copies");
    case "declined": return t("waits.declined", { names: list(decliners(contract)) });
    default: return t(`waits.${contract.status}`, values);
  }
}

function asked(contract) {
  return contract.signers.filter((signer) => signer.state === "invited").map(fullName);
}

function decliners(contract) {
  const names = contract.signers.filter((signer) => signer.state === "declined").map(fullName);
  return names.length ? names : [t("person.unknown")];
}

const WAY = ["draft", "preparing", "sent", "signed", "completed"];

// steps is the way of a contract as an ordered list, with where it stands.
export function steps(contract) {
  const ended = final(contract) && contract.status !== "completed";
  const reached = ended ? (given(contract.sent_at) ? 2 : 0) : WAY.indexOf(contract.status);
  const names = ended ? [...WAY.slice(0, reached + 1), contract.status] : WAY;
  return h("ol", { class: "steps", "aria-label": t("steps.label") }, names.map((name, index) => {
    const here = name === contract.status;
    const state = here && !final(contract) ? "here" : index <= reached || here ? "done" : "ahead";
    return h("li", { class: `${state} ${here && ended ? "ended" : ""}`.trim(), "aria-current": here ? "step" : null }, h("span", { class: "label" }, step(name, contract)));
  }));
}

function step(name, contract) {
  const several = name === "signed" && contract.signers.length > 1 && contract.status === "sent";
  return several ? t("steps.signedof", { n: signedCount(contract), of: contract.signers.length }) : t(`status.${name}`);
}

// rest is how long to wait before looking at this contract again: briefly while the system is at work, longer while
// people are, not at all once nothing more can follow.
export function rest(contract) {
  if (contract.cancel_wanted && !final(contract)) return 1500;
  if (contract.attention) return 8000;
  if (contract.status === "preparing" || contract.status === "signed") return 1000;
  if (contract.status === "sent") return 3000;
  return final(contract) && !outstanding(contract) ? Infinity : 10000;
}

function outstanding(contract) {
  return (contract.notifications ?? []).some((notification) => !given(notification.sent_at) && !notification.refused && !given(notification.set_aside_at) && !given(notification.unclear_since));
}
