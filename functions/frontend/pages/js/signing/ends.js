// Where a signer cannot go on, and what to do then.
import { h, icon } from "../dom.js";
import { t } from "../language.js";
import { explained } from "../notice.js";

// deadEnd says why there is nothing to sign here: "nolink", "dead", "over" or "returned".
export function deadEnd(name) {
  return h("section", { class: "card lone end" },
    h("h1", {}, icon(name === "returned" ? "check" : "alert"), t(`sign.${name}.title`)),
    h("p", {}, t(`sign.${name}.text`)),
    h("p", { class: "soft" }, t(`sign.${name}.next`)));
}

// unreachable says that the service gives no answer, and offers to try again.
export function unreachable(problem, again) {
  return h("section", { class: "card lone end" },
    h("h1", {}, t("problem.title")), explained(problem),
    h("p", { class: "soft" }, t("sign.safe")),
    h("button", { type: "button", class: "wide", onclick: again }, t("problem.again")));
}
