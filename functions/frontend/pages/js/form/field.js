// One field of a form: label, hint, control, and the place beside it where an error is said.
import { h, unique } from "../dom.js";
import { t } from "../language.js";

// field puts control under its label. path names it as the API does ("signers[0].email"), so that errors find it.
export function field({ path, label, hint, optional, control, wide }) {
  const id = unique("field");
  control.id = id;
  control.setAttribute("aria-describedby", [hint && `${id}-hint`, `${id}-wrong`].filter(Boolean).join(" "));
  const kind = ["field", wide && "wide", control.type === "checkbox" && "check"].filter(Boolean).join(" ");
  return h("div", { class: kind, "data-field": path },
    h("label", { for: id }, label, optional && h("span", { class: "soft" }, ` (${t("form.optional")})`)),
    control,
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    h("p", { class: "wrong", id: `${id}-wrong`, hidden: true }));
}

// check says what the browser can see is wrong with the controls of form, in the form of the API's errors.
export function check(form) {
  const wrong = [];
  for (const wrapper of form.querySelectorAll("[data-field]")) {
    const control = controlOf(wrapper);
    if (control && !control.validity.valid) wrong.push({ field: wrapper.dataset.field, reason: reason(control) });
  }
  return wrong;
}

function reason({ validity, type, min, max, step, dataset, maxLength, minLength }) {
  if (validity.valueMissing) return t("form.missing");
  if (validity.badInput) return t("form.number");
  if (type === "email") return t("form.email");
  if (type === "tel") return t("form.phone");
  if (validity.rangeUnderflow) return type === "date" ? t("form.later") : t("form.least", { n: min });
  if (validity.rangeOverflow) return t("form.most", { n: max });
  if (validity.stepMismatch) return t("form.step", { n: step });
  if (validity.tooLong) return t("form.long", { n: maxLength });
  if (validity.tooShort) return t("form.short", { n: minLength });
  return dataset.pattern || t("form.pattern");
}

// mark says each error beside its field and moves the focus to the first. It returns those that no field is for.
export function mark(form, errors) {
  clear(form);
  const lost = [];
  for (const error of errors) {
    const wrapper = find(form, error.field);
    if (wrapper) say(wrapper, error.reason);
    else lost.push(error);
  }
  const first = form.querySelector(".field.bad");
  if (first) focus(first);
  return lost;
}

function focus(wrapper) {
  const target = controlOf(wrapper) ?? wrapper;
  target.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  wrapper.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}

// find looks for the field of an error: itself, else the nearest thing that contains it, so that an error about
// "data.services[2].price.currency" is never lost.
function find(form, name) {
  for (let path = name; path; path = path.replace(/(\.[^.[\]]+|\[\d+\])$|^[^.[\]]+$/, "")) {
    const wrapper = [path, `data.${path}`].map((one) => form.querySelector(`[data-field="${CSS.escape(one)}"]`)).find(Boolean);
    if (wrapper) return wrapper;
  }
  return null;
}

function say(wrapper, words) {
  wrapper.classList.add("bad");
  const place = wrapper.querySelector(":scope > .wrong");
  place.textContent = place.textContent ? `${place.textContent} ${words}` : words;
  place.hidden = false;
  controlOf(wrapper)?.setAttribute("aria-invalid", "true");
}

function clear(form) {
  for (const wrapper of form.querySelectorAll(".field.bad")) {
    wrapper.classList.remove("bad");
    const place = wrapper.querySelector(":scope > .wrong");
    place.textContent = "";
    place.hidden = true;
    controlOf(wrapper)?.removeAttribute("aria-invalid");
  }
}

function controlOf(wrapper) {
  return wrapper.querySelector(":scope > input, :scope > select, :scope > textarea");
}
