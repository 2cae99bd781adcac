// Reading a template's JSON Schema: references, and the names it gives to what is to be filled in. The plain
// keywords title and description are English; "x-title-fr" is the same in French, "x-labels" names the choices.
import { language, named } from "../language.js";

// resolve follows a reference within the same schema; what stands beside $ref wins.
export function resolve(schema, root) {
  if (!schema?.$ref?.startsWith("#/")) return schema ?? {};
  const target = schema.$ref.slice(2).split("/").reduce((at, key) => at?.[key.replace(/~1/g, "/").replace(/~0/g, "~")], root);
  return { ...resolve(target, root), ...schema, $ref: undefined };
}

// titleOf is what a value is called, from its schema or from its name.
export function titleOf(shape, name) {
  return shape[`x-title-${language()}`] ?? (named(shape.title) || readable(name));
}

// hintOf explains what to fill in, or is "".
export function hintOf(shape) {
  return shape[`x-description-${language()}`] ?? named(shape.description);
}

// labelOf is what one of the choices is called.
export function labelOf(shape, value) {
  return named(shape["x-labels"]?.[String(value)]) || readable(String(value));
}

function readable(name) {
  const words = (name ?? "").replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
