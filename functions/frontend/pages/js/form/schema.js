// A form from a JSON Schema (2020-12): what the templates use of it, and text for whatever else they may say.
import { h } from "../dom.js";
import { t } from "../language.js";
import { field } from "./field.js";
import { rows } from "./rows.js";
import { hintOf, labelOf, resolve, titleOf } from "./shape.js";
import { total } from "./total.js";

const LONG = 200; // characters; what may be longer gets several lines

// build makes the part of the form for schema at path, with value in it. It returns {node, read}: read() is the
// value as the schema wants it, or undefined if nothing was filled in.
export function build(schema, { root, path, name, value, required }) {
  const shape = resolve(schema, root);
  const place = { root, path, name, value, required, label: titleOf(shape, name), hint: hintOf(shape) };
  if (shape.type === "object" || shape.properties) return object(shape, place);
  if (shape.type === "array") return array(shape, place);
  if (shape.const !== undefined) return { node: null, read: () => shape.const };
  return single(shape, place);
}

// object is a group of fields. The outermost has no frame: the form's own heading stands above it.
export function object(shape, { root, path, value, label, hint, outermost }) {
  const parts = Object.entries(shape.properties ?? {}).map(([name, schema]) => [name, build(schema, {
    root, name, path: path ? `${path}.${name}` : name, value: value?.[name], required: (shape.required ?? []).includes(name),
  })]);
  const grid = h("div", { class: "grid" }, parts.map(([, part]) => part.node));
  const node = outermost ? grid : h("fieldset", { class: "field wide group", "data-field": path },
    h("legend", {}, label), hint && h("p", { class: "hint" }, hint), grid, h("p", { class: "wrong", hidden: true }));
  return { node, read: () => gather(parts) };
}

function gather(parts) {
  const entries = parts.map(([name, part]) => [name, part.read()]).filter(([, value]) => value !== undefined);
  return entries.length ? Object.fromEntries(entries) : undefined;
}

function array(shape, place) {
  const items = resolve(shape.items ?? {}, place.root);
  const line = (value, path) => {
    if (items.type === "object" || items.properties) return object(items, { ...place, path, value, outermost: true });
    return build({ title: t("form.line"), ...items }, { root: place.root, path, value, name: "", required: true });
  };
  const sum = total(items);
  const part = rows({
    path: place.path, legend: place.label, hint: place.hint, values: place.value ?? [],
    least: shape.minItems ?? (place.required ? 1 : 0), most: shape.maxItems ?? Infinity,
    line, sum, add: t("form.add"), one: (n) => t("form.row", { n }),
  });
  return { node: part.node, read: () => { const all = part.read(); return all.length || place.required ? all : undefined; } };
}

function single(shape, { path, value, required, label, hint }) {
  const control = controlFor(shape, value ?? shape.default);
  control.required = required && control.type !== "checkbox";
  const wide = control.tagName === "TEXTAREA" || (shape.maxLength ?? 0) > 120;
  return {
    node: field({ path, label, hint, control, wide, optional: !required && control.type !== "checkbox" }),
    read: () => reading(shape, control),
  };
}

function reading(shape, control) {
  if (shape.type === "boolean") return control.checked;
  if (control.value.trim() === "" || control.validity.badInput) return undefined;
  return numeric(shape) ? Number(control.value) : control.value.trim();
}

function numeric(shape) {
  return shape.type === "number" || shape.type === "integer";
}

function controlFor(shape, value) {
  if (shape.enum) return choice(shape, value);
  if (shape.type === "boolean") return h("input", { type: "checkbox", checked: Boolean(value) });
  if (numeric(shape)) {
    const step = shape.multipleOf ?? (shape.type === "integer" ? 1 : "any");
    return h("input", { type: "number", inputmode: "decimal", min: shape.minimum ?? shape.exclusiveMinimum, max: shape.maximum, step, value: value ?? "" });
  }
  if (shape.maxLength > LONG) return h("textarea", { rows: 4, maxlength: shape.maxLength, minlength: shape.minLength, value: value ?? "" });
  return text(shape, value);
}

function text(shape, value) {
  const types = { date: "date", email: "email", uri: "url" };
  return h("input", {
    type: types[shape.format] ?? "text", autocomplete: "off", maxlength: shape.maxLength, value: value ?? "",
    minlength: shape.minLength > 1 ? shape.minLength : null, pattern: browserPattern(shape.pattern),
  });
}

// browserPattern hands a schema's pattern to the browser, which tests the whole value where a schema searches in it.
function browserPattern(pattern) {
  if (!pattern?.startsWith("^") || !pattern.endsWith("$")) return null;
  try {
    return new RegExp(pattern, "v") && pattern; // the browser compiles the attribute with this flag
  } catch {
    return null; // the service says what is wrong
  }
}

function choice(shape, value) {
  const select = h("select", {},
    value === undefined && h("option", { value: "" }, t("form.choose")),
    shape.enum.map((option) => h("option", { value: option }, labelOf(shape, option))));
  if (value !== undefined) select.value = value;
  return select;
}
