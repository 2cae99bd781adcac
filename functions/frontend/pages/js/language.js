// The language of the pages: chosen by the person, else the browser's, else English.
import { words as en } from "./words/en.js";
import { words as fr } from "./words/fr.js";

const all = { en, fr };
const STORED = "paraphe.language";

let current = stored() ?? preferred();

function stored() {
  try {
    const value = localStorage.getItem(STORED);
    return value in all ? value : null;
  } catch {
    return null; // storage may be forbidden; the page works without it
  }
}

function preferred() {
  const wanted = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag) => tag in all) ?? "en";
}

export const languages = Object.keys(all);

export function language() {
  return current;
}

// speak changes the language and keeps the choice.
export function speak(tag) {
  current = tag in all ? tag : "en";
  document.documentElement.lang = current;
  try {
    localStorage.setItem(STORED, current);
  } catch {
    // as above
  }
}

// t is the text for key, with {name} replaced by values.name. A text may have forms of the plural, chosen by
// values.n: {one: "…", other: "…"}.
export function t(key, values = {}) {
  let text = all[current][key] ?? key;
  if (typeof text === "object") text = text[new Intl.PluralRules(current).select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

// has reports whether there is a text for key.
export function has(key) {
  return key in all[current];
}

// named picks a text given in several languages ({fr, en}) or in one.
export function named(text) {
  if (!text || typeof text === "string") return text ?? "";
  return text[current] ?? text.en ?? Object.values(text)[0] ?? "";
}

// list joins names as a sentence does: "Ana, Bob and Chloé".
export function list(names) {
  return new Intl.ListFormat(current, { type: "conjunction" }).format(names);
}

document.documentElement.lang = current;
