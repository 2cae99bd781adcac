// A list in a form: lines that can be added and taken away, and moved where their order counts.
import { announce, fill, h, icon } from "../dom.js";
import { t } from "../language.js";

// rows makes a list of lines. line(value, path) builds one as {node, read}; one(n) names the nth. Options: least and
// most lines, movable, sum (given all values, says their total). It returns {node, read}.
export function rows(options) {
  const state = { ...options, lines: [] };
  state.list = h("ol", { class: "lines" });
  state.summed = h("output", { class: "sum", hidden: true });
  state.more = h("button", { type: "button", class: "quiet small", onclick: () => add(state) }, icon("plus"), options.add);
  const values = [...options.values];
  while (values.length < options.least) values.push(undefined);
  state.lines = values.map((value, index) => options.line(value, `${options.path}[${index}]`));
  draw(state);
  state.list.addEventListener("input", () => sum(state));
  const node = h("fieldset", { class: "field wide group", "data-field": options.path },
    h("legend", {}, options.legend), options.hint && h("p", { class: "hint" }, options.hint),
    state.list, h("div", { class: "under" }, state.more, state.summed), h("p", { class: "wrong", hidden: true }));
  return { node, read: () => read(state) };
}

function read(state) {
  return state.lines.map((line) => line.read() ?? {});
}

function add(state) {
  state.lines.push(state.line(undefined, `${state.path}[${state.lines.length}]`));
  draw(state);
  state.list.lastElementChild.querySelector("input, select, textarea").focus();
}

function remove(state, index) {
  rebuild(state, read(state).filter((_, at) => at !== index));
  announce(t("form.removed", { what: state.one(index + 1) }));
  const near = state.list.children[Math.min(index, state.lines.length - 1)];
  (near?.querySelector("input, select, textarea") ?? state.more).focus();
}

function move(state, index, by) {
  const values = read(state);
  [values[index], values[index + by]] = [values[index + by], values[index]];
  rebuild(state, values);
  announce(t("form.moved", { what: state.one(index + 1), n: index + by + 1 }));
  const buttons = state.list.children[index + by].querySelectorAll(by < 0 ? ".up, .lower" : ".lower, .up");
  [...buttons].find((button) => !button.disabled)?.focus();
}

// rebuild makes every line anew, because its place is part of the names of its fields.
function rebuild(state, values) {
  state.lines = values.map((value, index) => state.line(value, `${state.path}[${index}]`));
  draw(state);
  state.list.dispatchEvent(new Event("input", { bubbles: true }));
}

function draw(state) {
  fill(state.list, state.lines.map((line, index) => h("li", {},
    h("div", { class: "linehead" }, h("span", { class: "soft" }, state.one(index + 1)), tools(state, index)),
    line.node)));
  state.more.hidden = state.lines.length >= state.most;
  sum(state);
}

function tools(state, index) {
  const last = state.lines.length - 1;
  const named = (key) => `${t(key)}: ${state.one(index + 1)}`;
  return h("span", { class: "tools" },
    state.movable && last > 0 && [
      h("button", { type: "button", class: "plain up", disabled: index === 0, "aria-label": named("form.up"), onclick: () => move(state, index, -1) }, icon("up")),
      h("button", { type: "button", class: "plain lower", disabled: index === last, "aria-label": named("form.down"), onclick: () => move(state, index, 1) }, icon("lower")),
    ],
    state.lines.length > state.least && h("button", { type: "button", class: "plain", "aria-label": named("form.remove"), onclick: () => remove(state, index) }, icon("cross")));
}

function sum(state) {
  const words = state.sum?.(read(state));
  state.summed.hidden = !words;
  state.summed.textContent = words ?? "";
}
