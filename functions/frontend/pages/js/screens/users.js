// Who has an account: for administrators.
import { call, newKey, Problem } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { check, field, mark } from "../form/field.js";
import { language, languages, t } from "../language.js";
import { ACCOUNT_EMAIL, NAME, PASSWORD_LEAST } from "../limits.js";
import { explained } from "../notice.js";

const ROLES = ["manager", "customer", "administrator"];

export async function usersScreen({ signal }) {
  const list = h("tbody", {});
  const content = h("div", {},
    h("h1", {}, t("users.title")),
    h("div", { class: "columns" },
      h("section", { class: "card" }, h("table", {},
        h("thead", {}, h("tr", {}, ["name", "role"].map((name) => h("th", { scope: "col" }, t(`users.${name}`))))), list)),
      h("section", { class: "card" }, h("h2", {}, t("users.add")), addition(list))));
  await load(list, signal);
  return { title: t("users.title"), content };
}

async function load(list, signal) {
  const { body } = await call("GET", "/users", { signal });
  fill(list, (body.items ?? body).map((user) => h("tr", {},
    h("th", { scope: "row" }, user.name, " ", user.disabled && h("span", { class: "tag" }, t("users.disabled")),
      !user.email_verified && h("span", { class: "tag" }, t("users.unproved")), h("span", { class: "soft" }, user.email)),
    h("td", {}, t(`role.${user.role}`)))));
}

function addition(list) {
  const controls = {
    name: h("input", { type: "text", required: true, maxlength: NAME, autocomplete: "off" }),
    email: h("input", { type: "email", required: true, maxlength: ACCOUNT_EMAIL, autocomplete: "off", autocapitalize: "none" }),
    role: h("select", {}, ROLES.map((role) => h("option", { value: role }, t(`role.${role}`)))),
    locale: h("select", {}, languages.map((tag) => h("option", { value: tag }, t(`language.${tag}`)))),
    password: h("input", { type: "password", required: true, minlength: PASSWORD_LEAST, autocomplete: "new-password" }),
  };
  controls.locale.value = language();
  const trouble = h("div", { class: "trouble" });
  const button = h("button", { type: "submit" }, t("users.create"));
  const form = h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); add({ form, controls, trouble, list, button }); } },
    Object.entries(controls).map(([name, control]) => field({ path: name, label: t(`users.${name}`), hint: name === "password" ? t("users.passwordhint", { n: PASSWORD_LEAST }) : null, control })),
    trouble,
    button);
  return form;
}

async function add(state) {
  const { form, controls, trouble, list, button } = state;
  if (button.getAttribute("aria-disabled")) return;
  const wrong = check(form);
  fill(trouble);
  mark(form, wrong);
  if (wrong.length) return;
  button.setAttribute("aria-disabled", "true");
  const body = Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, name === "password" ? control.value : control.value.trim()]));
  try {
    await call("POST", "/users", { body, key: newKey() });
    form.reset();
    announce(t("users.created", { name: body.name }));
    await load(list);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (mark(form, error.fields).length || !error.fields.length) fill(trouble, explained(error));
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
