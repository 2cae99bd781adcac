// What happened to a contract, in sentences, and what will happen next by itself.
import { fill, h } from "./dom.js";
import { causeWords } from "./causes.js";
import { has, t } from "./language.js";
import { date, given, moment } from "./moments.js";
import { who } from "./session.js";
import { final, fullName } from "./status.js";

// NOTHING_NEW is what persist writes beside a webhook that is kept and sets nothing going.
const NOTHING_NEW = "it tells of nothing that changes the contract";

// timeline fills element with the past (newest first) under what is due.
export function timeline(element, contract, entries) {
  const past = folded(entries.map((entry) => ({ ...entry, words: sentence(entry, contract), tone: tone(entry) })));
  fill(element, ahead(contract), past.reverse().map((entry) => h("li", { class: entry.tone },
    h("span", { class: "dot" }),
    h("p", {}, entry.words, entry.times > 1 && h("span", { class: "soft" }, ` ${t("history.times", { n: entry.times })}`)),
    h("p", { class: "soft" }, moment(entry.at), " · ", actor(entry.actor, contract)))));
}

function ahead(contract) {
  if (final(contract) && !given(contract.due_at)) return null;
  const due = [];
  if (["draft", "preparing", "sent"].includes(contract.status)) due.push([contract.deadline, t("ahead.deadline"), date]);
  if (given(contract.due_at) && new Date(contract.due_at) > Date.now()) due.push([contract.due_at, t("ahead.look"), moment]);
  return due.map(([at, words, written]) => h("li", { class: "ahead" },
    h("span", { class: "dot" }), h("p", {}, words), h("p", { class: "soft" }, written(at))));
}

// folded makes one line of what was said several times in a row, such as "we asked, and nobody signed yet".
function folded(entries) {
  const lines = [];
  for (const entry of entries) {
    const before = lines.at(-1);
    if (before?.words === entry.words && before.actor === entry.actor) Object.assign(before, { at: entry.at, times: before.times + 1 });
    else lines.push({ ...entry, times: 1 });
  }
  return lines;
}

// sentence finds the most telling text for an entry: what it led to, then in which state or which notification, then what
// it was.
export function sentence({ what, detail }, contract) {
  const known = detail ?? {};
  const values = {
    what, name: nameOf(known.recipient ?? known.signer, contract), reason: reasonOf(known),
  };
  const candidates = [
    moved(what, known) && `history.moved.${known.status}`,
    known.unclear && `history.${what}.unclear`,
    known.state && `history.${what}.${known.state}`,
    known.kind && `history.${what}.${known.kind}`,
    believed(what, known) && `history.reported.${known.name}`,
    `history.${what}`,
  ];
  const key = candidates.find((candidate) => candidate && has(candidate)) ?? "history.other";
  const told = key.endsWith(".other") || key.startsWith("history.reported.");
  return t(key, values).trim() + (values.reason && !told ? ` — ${values.reason}` : "");
}

// believed reports whether a webhook was about this contract. Of one that was not, it is told why nothing follows.
function believed(what, { name, nothing_follows }) {
  return what === "signature.reported" && name && (!nothing_follows || nothing_follows === NOTHING_NEW);
}

// reasonOf is why something is as it is: in a person's or a service's own words, or the cause in ours.
function reasonOf({ reason, cause, detail, nothing_follows: silent }) {
  const why = cause ? causeWords({ cause, sentence: cause }) : "";
  return [reason || why || silent, why && detail].filter(Boolean).join(" ");
}

// moved reports whether the status changed by this. Whatever a person asks for has the status beside it, changed or not:
// of those only that it was cancelled at once is told as a move.
function moved(what, { status }) {
  const asked = /^(action\.|contract\.drafted$)/.test(what);
  return status && (!asked || (what === "action.cancel" && status === "cancelled"));
}

function tone({ what, detail }) {
  const status = moved(what, detail ?? {}) ? detail.status : "";
  if (/(refused|failed|undeliverable)$/.test(what) || ["declined", "expired"].includes(status)) return "bad";
  return ["signed", "completed"].includes(status) ? "good" : "";
}

function nameOf(id, contract) {
  if (id === "owner" || id === contract.owner?.id) return contract.owner?.name || t("person.owner");
  const signer = contract.signers.find((one) => one.id === id);
  return signer ? fullName(signer) : t("person.unknown");
}

function actor(text, contract) {
  const [kind, id] = (text ?? "").split(":");
  if (kind === "function" || kind === "") return t("person.system");
  return id === who()?.id ? t("person.you") : nameOf(id, contract);
}

