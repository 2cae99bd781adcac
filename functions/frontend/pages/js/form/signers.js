// Who signs: the lines of the form for people, in the order in which they sign.
import { h } from "../dom.js";
import { language, languages, named, t } from "../language.js";
import { NAME, PHONE, SIGNERS, SIGNER_EMAIL } from "../limits.js";
import { field } from "./field.js";
import { rows } from "./rows.js";

// signers makes the list of people with what is filled in already. parts names on whose behalf the first, second, …
// signs, as the template knows it. It returns {node, read}.
export function signers(values, parts = []) {
  return rows({
    path: "signers", legend: t("signers.title"), hint: t("signers.hint"), values, least: Math.max(1, parts.length), most: SIGNERS, movable: true,
    line: person, add: t("signers.add"), one: (n) => [t("signers.one", { n }), named(parts[n - 1])].filter(Boolean).join(" · "),
  });
}

function person(value, path) {
  const controls = {
    first_name: text(value?.first_name, "off"),
    last_name: text(value?.last_name, "off"),
    email: h("input", { type: "email", required: true, maxlength: SIGNER_EMAIL, autocapitalize: "none", spellcheck: "false", autocomplete: "off", value: value?.email ?? "" }),
    phone: h("input", { type: "tel", required: true, pattern: PHONE, placeholder: "+33612345678", autocomplete: "off", value: value?.phone ?? "" }),
    locale: h("select", {}, languages.map((tag) => h("option", { value: tag }, t(`language.${tag}`)))),
  };
  controls.locale.value = value?.locale ?? language();
  controls.phone.addEventListener("change", () => { controls.phone.value = e164(controls.phone.value, controls.locale.value); });
  const hints = { phone: t("signers.phonehint"), locale: null };
  const node = h("div", { class: "grid" }, Object.entries(controls).map(([name, control]) =>
    field({ path: `${path}.${name}`, label: t(`signers.${name}`), hint: hints[name], control })));
  return { node, read: () => Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value.trim()])) };
}

function text(value, autocomplete) {
  return h("input", { type: "text", required: true, maxlength: NAME, autocomplete, value: value ?? "" });
}

// e164 takes out what people put into telephone numbers, and turns a French national number into an international
// one for somebody who reads French. What it cannot turn it leaves for the person to see.
export function e164(typed, locale) {
  const bare = typed.replace(/[\s().\-/\u00a0\u202f]/g, "").replace(/^00/, "+");
  return locale === "fr" && /^0[1-9]\d{8}$/.test(bare) ? `+33${bare.slice(1)}` : bare;
}
