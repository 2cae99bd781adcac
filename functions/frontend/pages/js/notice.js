// What is said when the service has no answer.
import { h, icon } from "./dom.js";
import { t } from "./language.js";

// notice is a card that says what went wrong, what the service adds, and how to go on.
export function notice(problem, again) {
  return h("section", { class: "card lone" },
    h("h1", {}, t(problem.status === 404 ? "problem.nothing" : "problem.title")),
    explained(problem),
    h("div", { class: "buttons" },
      again && h("button", { type: "button", onclick: again }, t("problem.again")),
      h("a", { class: "button quiet", href: "/contracts" }, t("problem.home"))));
}

// explained is the problem in our words and in the service's.
export function explained(problem) {
  return h("div", { role: "alert", class: "alert bad" }, icon("alert"),
    h("div", {}, h("p", {}, problem.words()), problem.message && h("p", { class: "soft" }, problem.message)));
}
