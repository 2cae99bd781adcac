// The few functions that build the page. Text becomes text nodes, always: no string is ever read as HTML.

// h makes an element: h("p", {class: "soft"}, "text", child). An attribute that is true stands without a value; one
// that is false, null or undefined is left out; one that is a function listens to the event it is named after.
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) put(element, name, value);
  element.append(...present(children));
  return element;
}

function put(element, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
  else if (name === "value" || name === "checked") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

// fill replaces what is in element by children.
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

const drawings = {
  draft: "M4 20h4L19 9l-4-4L4 16v4M13 7l4 4",
  clock: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 7v5l3 2",
  sent: "M21 4L3 11l7 3 3 7zM10 14l5-5",
  pen: "M3 17c4-1 8-6 8-10 0-2-2-3-3-1-2 4 0 10 3 10 4 0 3-5 6-5 2 0 1 4 4 4M3 21h18",
  check: "M5 13l4 4L19 7",
  cross: "M6 6l12 12M18 6L6 18",
  timer: "M12 6a8 8 0 1 0 0 16a8 8 0 0 0 0-16M12 10v4M9 2h6",
  alert: "M12 4L2.5 20h19zM12 10v4M12 17v.5",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  down: "M12 4v11M7 11l5 5 5-5M5 20h14",
  plus: "M12 5v14M5 12h14",
  back: "M15 5l-7 7 7 7",
  up: "M6 14l6-6 6 6",
  lower: "M6 10l6 6 6-6",
  mail: "M3 6h18v12H3zM3 7l9 7 9-7",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M15.5 15.5L20 20",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7M12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6",
};

// icon draws a small picture that says nothing to assistive technology: a word always stands beside it.
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", "icon"], ["aria-hidden", "true"], ["focusable", "false"]]) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", drawings[name]);
  svg.append(path);
  return svg;
}

// announce tells a screen reader what changed, without moving the focus.
export function announce(sentence) {
  document.getElementById("status").textContent = sentence;
}

// unique makes an id that no other element has.
let count = 0;
export function unique(prefix) {
  count += 1;
  return `${prefix}-${count}`;
}
