// The head of every page: where one is, in which language, and as whom.
import { Replaced } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { language, languages, speak, t } from "./language.js";
import { go } from "./router.js";
import { is, logOut, who } from "./session.js";

const main = () => document.getElementById("main");

// head draws the head of the page. changed runs after another language was chosen.
export function head(changed, { plain = false } = {}) {
  fill(document.getElementById("top"),
    h("a", { class: "skip", href: "#main", onclick: skip }, t("shell.skip")),
    h("div", { class: "bar" },
      plain ? h("span", { class: "wordmark" }, "Paraphe") : h("a", { class: "wordmark", href: "/" }, "Paraphe"),
      !plain && who() && places(),
      h("div", { class: "aside" }, choice(changed), !plain && who() && person())));
}

function skip(event) {
  event.preventDefault(); // the signer's page keeps its address free of fragments
  main().focus();
}

function places() {
  const all = [["/contracts", "shell.contracts"]];
  if (is("manager", "administrator")) all.push(["/attention", "shell.attention"]);
  if (is("administrator")) all.push(["/users", "shell.users"], ["/stuck", "shell.stuck"]);
  return h("nav", { "aria-label": t("shell.places") }, all.map(([path, name]) =>
    h("a", { href: path, "aria-current": location.pathname.startsWith(path) ? "page" : null }, t(name))));
}

function choice(changed) {
  return h("div", { class: "languages", role: "group", "aria-label": t("shell.language") }, languages.map((tag) =>
    h("button", {
      type: "button", class: "plain", lang: tag, "aria-pressed": String(tag === language()), "aria-label": tag === "fr" ? "Français" : "English",
      onclick: () => { speak(tag); changed(); },
    }, tag.toUpperCase())));
}

function person() {
  return h("span", { class: "person" },
    h("span", { class: "name", title: who().email ?? null }, who().name),
    h("button", { type: "button", class: "plain", onclick: leave }, t("shell.logout")));
}

async function leave() {
  try {
    await logOut();
  } catch (error) {
    if (!(error instanceof Replaced)) throw error; // else the words above the page say why
    return;
  }
  go("/");
}

// replaced says above the page that another account is logged in by now, until the page is loaded anew.
export function replaced() {
  if (document.querySelector(".replaced")) return;
  document.getElementById("top").after(h("section", { class: "alert bad replaced", role: "alert" }, icon("alert"), h("div", {},
    h("p", {}, h("strong", {}, t("other.title"))),
    h("p", {}, t("other.text", { name: who().name })),
    h("button", { type: "button", class: "small", onclick: () => location.reload() }, t("other.reload")))));
}
