// Proving that the address of one's account is one's own: with the link of a notification to it, and another password than
// whoever made the account knows.
import { newKey, Problem } from "../api.js";
import { fill, h } from "../dom.js";
import { check, field, mark } from "../form/field.js";
import { t } from "../language.js";
import { PASSWORD_LEAST } from "../limits.js";
import { explained } from "../notice.js";
import { go } from "../router.js";
import { heldLink, proveAddress, who } from "../session.js";

export async function addressScreen() {
  if (who().email_verified) return { title: t("address.title"), content: card(h("p", {}, t("address.done", { email: who().email })), home()) };
  const link = h("input", { type: "text", required: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 2000 });
  link.value = heldLink() ?? ""; // a notification's link was opened in this tab
  const password = h("input", { type: "password", required: true, minlength: PASSWORD_LEAST, autocomplete: "new-password" });
  const state = { link, password, trouble: h("div", { class: "trouble" }), button: h("button", { type: "submit", class: "wide" }, t("address.confirm")) };
  state.form = h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); prove(state); } },
    field({ path: "link", label: t("address.link"), hint: t("address.linkhint"), control: link }),
    field({ path: "password", label: t("address.password"), hint: t("address.passwordhint", { n: PASSWORD_LEAST }), control: password }),
    state.trouble, state.button);
  return { title: t("address.title"), content: card(h("p", { class: "soft" }, t("address.lead", { email: who().email })), state.form), focus: link.value ? password : link };
}

function card(...content) {
  return h("div", { class: "lone login" }, h("section", { class: "card" }, h("h1", {}, t("address.title")), content));
}

function home() {
  return h("a", { class: "button quiet", href: "/contracts" }, t("problem.home"));
}

async function prove({ form, link, password, trouble, button }) {
  if (button.getAttribute("aria-disabled")) return;
  const wrong = check(form);
  fill(trouble);
  mark(form, wrong);
  if (wrong.length) return;
  button.setAttribute("aria-disabled", "true");
  try {
    await proveAddress(link.value.trim().split("#").at(-1), password.value, newKey());
    await go("/contracts", { replace: true });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (mark(form, error.fields).length || !error.fields.length) fill(trouble, explained(error));
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

// unproved invites somebody whose address shows them nothing yet to prove it, and is nothing for anybody else.
export function unproved() {
  if (who().email_verified || who().role !== "customer") return null;
  return h("p", { class: "alert" }, t("address.unproved", { email: who().email }), " ", h("a", { href: "/address" }, t("address.title")));
}
