// What this person may do with this contract at this moment, as the service says.
import { call, newKey, Problem } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { ask } from "../dialog.js";
import { t } from "../language.js";
import { REASON } from "../limits.js";
import { explained } from "../notice.js";

const ORDER = ["sign", "send", "retry", "remind", "cancel"]; // the others stand beside what they are for

// actions draws the buttons into element, and what goes wrong into trouble. done(contract) learns of every order that
// was taken.
export function actions(element, trouble, contract, done) {
  const beside = (contract.troubles ?? []).some(({ remedies, set_aside_at: aside }) => !aside && remedies?.includes("retry"));
  const allowed = ORDER.filter((name) => contract.actions?.includes(name) && !(name === "retry" && beside));
  const main = mainOf(allowed);
  const mark = [main, ...allowed, contract.status].join();
  if (element.dataset.shown === mark) return; // so that a button under the finger stays where it is
  element.dataset.shown = mark;
  fill(element, allowed.map((name) => h("button", {
    type: "button", class: name === "cancel" ? "quiet risky" : name === main ? null : "quiet",
    onclick: (event) => run(name, event.currentTarget, trouble, contract, done),
  }, t(name === "retry" ? "action.look" : `action.${name}`))));
}

// mainOf is the action that moves the contract on, if there is one. Trying again is not: where something failed it stands
// beside that, and elsewhere it looks at the signature service before it is time to.
function mainOf(allowed) {
  return allowed.find((name) => name === "sign" || name === "send") ?? "";
}

async function run(name, button, trouble, contract, done) {
  if (button.getAttribute("aria-disabled")) return;
  const reason = await confirmed(name, contract);
  if (reason === null) return;
  button.setAttribute("aria-disabled", "true");
  fill(trouble);
  try {
    const { body } = await call("POST", `/contracts/${contract.id}/${name === "sign" ? "signing-link" : name}`, {
      body: name === "cancel" ? { reason } : undefined, key: newKey(),
    });
    if (name === "sign") location.assign(body.url);
    else {
      announce(t(`action.${name}.done`));
      done(body);
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(trouble, explained(error));
    done(null); // what stands here may be why it was refused
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

// confirmed asks before what others will see. It resolves to the reason given, or to null for "rather not".
async function confirmed(name, contract) {
  const values = { n: contract.signers.length };
  if (name === "send") return ask({ title: t("ask.send"), text: t("ask.sendtext", values), confirm: t("action.send") });
  if (name !== "cancel") return "";
  const text = contract.status === "draft" ? t("ask.canceldraft") : t("ask.canceltext", values);
  return ask({ title: t("ask.cancel"), text, confirm: t("action.cancel"), danger: true, label: t("ask.reason"), limit: REASON });
}
