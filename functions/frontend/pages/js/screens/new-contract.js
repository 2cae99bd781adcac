// Making a contract: first the template, then what it asks for and who signs.
import { call, newKey, Problem } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { check, field, mark } from "../form/field.js";
import { object } from "../form/schema.js";
import { signers } from "../form/signers.js";
import { language, named, t } from "../language.js";
import { TITLE } from "../limits.js";
import { inDays } from "../moments.js";
import { explained } from "../notice.js";
import { go } from "../router.js";
import { who } from "../session.js";

// kept is under which name this tab keeps what somebody has typed and not sent: nobody else finds it in their form.
const kept = (ref) => `paraphe.draft.${who().id}.${ref}`;
const USUAL_DEADLINE = 30; // days

export async function newContractScreen({ query, signal }) {
  const name = query.get("template");
  return name ? form(name, signal) : choose(signal);
}

async function choose(signal) {
  const { body } = await call("GET", "/templates", { signal });
  const templates = body.items ?? body;
  const card = (template) => h("li", {}, h("a", { class: "card", href: `/contracts/new?template=${encodeURIComponent(template.name)}` },
    icon("file"), h("strong", {}, named(template.title)), h("span", { class: "soft" }, named(template.summary)),
    h("span", { class: "tags" }, template.languages.map((tag) => h("span", { class: "tag" }, t(`language.${tag}`))))));
  const content = h("div", {},
    h("a", { class: "backlink", href: "/contracts" }, icon("back"), t("contracts.title")),
    h("h1", {}, t("new.choose")),
    h("p", { class: "soft lead" }, t("new.chooselead")),
    h("ul", { class: "cards" }, templates.map(card)));
  return { title: t("new.choose"), content };
}

async function form(name, signal) {
  const { body: template } = await call("GET", `/templates/${encodeURIComponent(name)}`, { signal });
  const state = { template, ref: template.ref ?? template.name, last: "", key: "", busy: false };
  const content = h("div", { class: "narrow" },
    h("a", { class: "backlink", href: "/contracts/new" }, icon("back"), t("new.choose")),
    h("h1", {}, named(template.title)),
    h("p", { class: "soft lead" }, named(template.summary)));
  state.place = h("div", {});
  content.append(state.place);
  draw(state, remembered(state));
  return { title: named(template.title), content };
}

// draw makes the form anew with values in it.
function draw(state, values) {
  const { template } = state;
  const parts = state.parts = {
    title: h("input", { type: "text", required: true, maxlength: TITLE, autocomplete: "off", value: values.title ?? named(template.title) }),
    language: h("select", {}, template.languages.map((tag) => h("option", { value: tag }, t(`language.${tag}`)))),
    deadline: h("input", { type: "date", required: true, min: inDays(1), value: values.deadline ?? inDays(USUAL_DEADLINE) }),
    ordered: h("input", { type: "checkbox", checked: values.ordered ?? false }),
    data: object(template.schema, { root: template.schema, path: "data", value: values.data, outermost: true }),
    signers: signers(values.signers ?? [], template.signers),
  };
  parts.language.value = values.language ?? (template.languages.includes(language()) ? language() : template.languages[0]);
  state.trouble = h("div", { class: "trouble" });
  state.button = h("button", { type: "submit" }, t("new.create"));
  state.form = h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(state); } }, sections(state, parts),
    state.trouble,
    h("div", { class: "buttons end" }, h("p", { class: "soft" }, t("new.nothingsent")), state.button));
  const keep = () => sessionStorage.setItem(kept(state.ref), JSON.stringify(read(state)));
  state.form.addEventListener("input", keep);
  state.form.addEventListener("change", keep);
  fill(state.place, state.form);
}

function sections(state, parts) {
  const { example } = state.template;
  return [
    h("section", { class: "card" },
      h("div", { class: "title" }, h("h2", {}, t("new.contract"))),
      h("div", { class: "grid" },
        field({ path: "title", label: t("new.title"), hint: t("new.titlehint"), control: parts.title, wide: true }),
        field({ path: "language", label: t("new.language"), control: parts.language }),
        field({ path: "deadline", label: t("new.deadline"), control: parts.deadline }))),
    h("section", { class: "card" },
      h("div", { class: "title" }, h("h2", {}, t("new.data")),
        example && h("button", { type: "button", class: "quiet small", onclick: () => fillIn(state, example) }, t("new.example"))),
      parts.data.node),
    h("section", { class: "card" }, parts.signers.node,
      h("label", { class: "tick" }, parts.ordered, h("span", {}, t("new.ordered"), h("span", { class: "hint" }, t("new.orderedhint"))))),
  ];
}

function fillIn(state, example) {
  const data = example[language()] ?? example;
  draw(state, { ...read(state), data });
  state.form.querySelector("h2 ~ button").focus();
}

function remembered(state) {
  try {
    return JSON.parse(sessionStorage.getItem(kept(state.ref))) ?? {};
  } catch {
    return {};
  }
}

function read({ ref, parts }) {
  return {
    template: ref, language: parts.language.value, title: parts.title.value.trim(), data: parts.data.read() ?? {},
    signers: parts.signers.read(), ordered: parts.ordered.checked, deadline: parts.deadline.value,
  };
}

// submit makes the contract once, however often the button is pressed: the same content goes with the same key.
async function submit(state) {
  if (state.busy) return;
  const wrong = check(state.form);
  if (wrong.length) {
    refuse(state, wrong);
    return;
  }
  const body = read(state);
  const text = JSON.stringify(body);
  if (state.last !== text) Object.assign(state, { last: text, key: newKey() });
  busy(state, true);
  try {
    const made = await call("POST", "/contracts", { body, key: state.key });
    sessionStorage.removeItem(kept(state.ref));
    await go(`/contracts/${made.body.id}`, { replace: true });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refuse(state, error.fields, error);
  } finally {
    busy(state, false);
  }
}

function busy(state, is) {
  state.busy = is;
  state.button.toggleAttribute("aria-disabled", is);
  state.button.textContent = t(is ? "new.creating" : "new.create");
}

function refuse(state, errors, problem) {
  const lost = mark(state.form, errors);
  const beside = errors.length - lost.length;
  fill(state.trouble,
    problem && !errors.length && explained(problem),
    errors.length > 0 && h("div", { class: "alert bad", role: "alert" }, icon("alert"), h("div", {},
      h("p", {}, t("form.wrong", { n: beside || lost.length })),
      lost.map(({ field: name, reason }) => h("p", {}, name ? `${name}: ${reason}` : reason)))));
}
