// Logging in.
import { Problem } from "../api.js";
import { fill, h } from "../dom.js";
import { t } from "../language.js";
import { explained } from "../notice.js";
import { logIn } from "../session.js";

// loginScreen asks who is there; entered runs once that is known. why says what ended the session before.
export function loginScreen(entered, why = "") {
  const email = h("input", { id: "email", type: "email", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false" });
  const password = h("input", { id: "password", type: "password", autocomplete: "current-password", required: true });
  const trouble = h("div", { class: "trouble" }, why && h("p", { class: "alert", role: "alert" }, why));
  const button = h("button", { type: "submit", class: "wide" }, t("login.enter"));
  const submit = (event) => {
    event.preventDefault();
    enter({ email, password, trouble, button, entered });
  };
  const content = h("div", { class: "lone login" },
    h("section", { class: "card" },
      h("h1", {}, t("login.title")),
      h("p", { class: "soft" }, t("login.lead")),
      trouble,
      h("form", { onsubmit: submit, novalidate: true },
        h("div", { class: "field" }, h("label", { for: "email" }, t("login.email")), email),
        h("div", { class: "field" }, h("label", { for: "password" }, t("login.password")), password),
        button)),
    h("p", { class: "soft centred" }, t("login.signer")));
  return { title: t("login.title"), content, focus: email };
}

async function enter({ email, password, trouble, button, entered }) {
  if (button.getAttribute("aria-disabled")) return;
  if (!email.validity.valid || !password.value) {
    say(trouble, h("p", { class: "alert bad", role: "alert" }, t("login.incomplete")), email.validity.valid ? password : email);
    return;
  }
  button.setAttribute("aria-disabled", "true");
  try {
    await logIn(email.value.trim(), password.value);
    await entered();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(trouble, refusal(error), password);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function refusal(error) {
  const words = { 401: () => t("login.wrong"), 422: () => t("login.wrong"), 429: () => `${t("login.slow")} ${error.words()}` }[error.status];
  return words ? h("p", { class: "alert bad", role: "alert" }, words()) : explained(error);
}

function say(trouble, words, field) {
  fill(trouble, words);
  field.focus();
  field.select();
}
