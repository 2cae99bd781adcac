// What was filled in for a contract, under the names that its template gives.
import { h } from "../dom.js";
import { labelOf, resolve, titleOf } from "../form/shape.js";
import { language, named, t } from "../language.js";
import { day } from "../moments.js";

const LONG = 60; // characters of a value that gets a line of its own

// details lists the values of a contract. It stands open until there is a document to read instead.
export function details(contract, template) {
  return h("details", { class: "card", open: !contract.documents?.draft },
    h("summary", {}, h("h2", {}, t("contract.data"))),
    h("p", { class: "soft" }, named(template?.title) || contract.template, " · ", t(`language.${contract.language}`)),
    values(contract.data, template?.schema ?? {}, template?.schema ?? {}));
}

function values(data, schema, root) {
  return h("dl", {}, inOrder(data, schema).map(([name, value]) => {
    const shape = resolve(schema.properties?.[name], root);
    const whole = value !== null && typeof value === "object" && "whole";
    const long = typeof value === "string" && value.length > LONG && "long";
    return h("div", { class: whole || long }, h("dt", {}, titleOf(shape, name)), h("dd", {}, written(value, shape, root)));
  }));
}

// inOrder brings the values into the order of the form: what is on record has none.
function inOrder(data, schema) {
  const names = Object.keys(schema.properties ?? {});
  const place = (name) => (names.includes(name) ? names.indexOf(name) : names.length);
  return Object.entries(data).sort(([a], [b]) => place(a) - place(b));
}

function written(value, shape, root) {
  if (Array.isArray(value)) return h("ol", {}, value.map((item) => h("li", {}, written(item, resolve(shape.items, root), root))));
  if (value && typeof value === "object") return values(value, shape, root);
  if (typeof value === "boolean") return t(value ? "contract.yes" : "contract.no");
  if (shape["x-labels"]?.[String(value)]) return labelOf(shape, value);
  if (typeof value === "number") return new Intl.NumberFormat(language(), shape["x-unit"] ? { style: "currency", currency: shape["x-unit"] } : {}).format(value);
  if (shape.format === "date") return day(value);
  return String(value ?? "");
}
