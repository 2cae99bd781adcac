// Questions before what cannot be undone, in the browser's own modal dialog: it holds the focus and gives it back.
import { h } from "./dom.js";
import { t } from "./language.js";

// ask shows a question and resolves to the text that was typed ("" if none was asked for), or to null if the
// person thought better of it. Options: title, text, confirm, danger, label (asks for a text), limit, required, type (of a
// text of one line) and value (that it begins with).
export function ask({ title, text, confirm, danger, label, limit, required, type, value }) {
  const shared = { id: "dialog-text", maxlength: limit, required };
  const input = label && (type ? h("input", { ...shared, type, value, autocomplete: "off" }) : h("textarea", { ...shared, rows: 3 }));
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" },
    h("form", { method: "dialog" },
      h("h2", { id: "dialog-title" }, title),
      h("p", {}, text),
      input && h("div", { class: "field" }, h("label", { for: "dialog-text" }, label), input),
      h("div", { class: "buttons" },
        h("button", { type: "submit", value: "no", class: "quiet", formnovalidate: true }, t("dialog.back")),
        h("button", { type: "submit", value: "yes", class: danger ? "danger" : "" }, confirm))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? (input?.value.trim() ?? "") : null);
    });
  });
}
