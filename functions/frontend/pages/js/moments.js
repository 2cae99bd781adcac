// Moments as people say them: relative, with the exact time on hover and for assistive technology.
import { h } from "./dom.js";
import { language, t } from "./language.js";

const UNITS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

// given reports whether a moment of the API is one: Go writes "no time" as the year 1.
export function given(at) {
  return Boolean(at) && !at.startsWith("0001-");
}

export function exact(at) {
  return new Intl.DateTimeFormat(language(), { dateStyle: "long", timeStyle: "short" }).format(new Date(at));
}

// day writes a day. One that comes without a time of day, such as a deadline, is the same day in every time zone.
export function day(at) {
  return new Intl.DateTimeFormat(language(), { dateStyle: "long", timeZone: at.includes("T") ? undefined : "UTC" }).format(new Date(at));
}

function relative(at) {
  const seconds = (new Date(at) - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  if (unit === "second") return t("moment.now");
  return format.format(Math.round(seconds / size), unit);
}

// moment is a <time> that says how long ago or how far ahead, and keeps saying it rightly.
export function moment(at) {
  return h("time", { datetime: at, title: exact(at), "data-relative": true }, relative(at));
}

// date is a <time> of a day.
export function date(at) {
  return h("time", { datetime: at }, day(at));
}

// keepTime rewrites every relative time of the page twice a minute.
export function keepTime() {
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-relative]")) time.textContent = relative(time.dateTime);
  }, 30000);
}

// inDays is the day in so many days, as <input type="date"> and the API write it.
export function inDays(days) {
  const at = new Date();
  at.setDate(at.getDate() + days);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}
