// The signer's page: who asks, what for, until when; the document; one button. No account, no password: the link
// of the notification is the key, and the signature service asks for the code.
import { call, newKey, Problem } from "./api.js";
import { announce, fill, h } from "./dom.js";
import { t } from "./language.js";
import { keepTime } from "./moments.js";
import { hasLeft, leave, openLink, takeLink, who } from "./session.js";
import { head } from "./shell.js";
import { final } from "./status.js";
import { deadEnd, unreachable } from "./signing/ends.js";
import { page } from "./signing/page.js";
import { stage } from "./signing/stage.js";
import { watch } from "./watch.js";

const main = document.getElementById("main");
const leaving = new AbortController();
const state = { contract: null, etag: null, returned: false, since: Date.now(), shown: "", draw: null };

// cameBack reports whether the signature service's pages led here, rather than a notification.
function cameBack() {
  return hasLeft() || new URLSearchParams(location.search).has("returned");
}

async function open() {
  head(again, { plain: true });
  const secret = takeLink();
  state.returned = cameBack();
  if (!secret) return end(state.returned ? "returned" : "nolink");
  fill(main, h("p", { class: "soft loading" }, t("sign.loading")));
  try {
    await openLink(secret);
    await look();
  } catch (error) {
    return trouble(error);
  }
  state.poke ??= watch(leaving.signal, () => look().catch(trouble), rest);
  return undefined;
}

function again() {
  state.shown = "";
  state.draw = null;
  open();
}

async function look() {
  const { status, body, etag } = await call("GET", `/contracts/${who().contract}`, { etag: state.etag });
  if (status !== 304) Object.assign(state, { contract: body, etag });
  draw();
}

// draw shows the stage that the signer is at; the document beside it is drawn once and stays.
function draw() {
  const { contract } = state;
  const me = contract.signers.find(({ id }) => id === who().id) ?? contract.signers[0];
  const at = stage(contract, me, state.returned);
  const long = at === "confirming" && Date.now() - state.since > LONG_WAIT;
  if (!state.draw) {
    state.draw = page(main, contract);
    document.title = `${contract.title} · Paraphe`;
  }
  const mark = `${at} ${long} ${contract.version}`;
  if (state.shown === mark) return;
  if (state.shown && !state.shown.startsWith(`${at} `)) announce(t(`sign.${at}.title`));
  state.shown = mark;
  state.draw({ contract, me, at, long, sign });
}

const LONG_WAIT = 30000; // milliseconds after which we say that the page may be closed

// rest is how long to wait before looking again: briefly while a confirmation is on its way, longer while others sign.
function rest() {
  const { contract } = state;
  if (!contract) return 5000;
  if (final(contract)) return Infinity;
  const waiting = state.returned || contract.status === "preparing" || contract.status === "signed";
  return waiting && Date.now() - state.since < 4 * LONG_WAIT ? 1500 : 10000;
}

// sign asks for a fresh link of the signature service and goes there. Such links live for hours at most, so none is
// ever kept.
async function sign(button, place) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    const { body } = await call("POST", `/contracts/${state.contract.id}/signing-link`, { key: newKey() });
    leave();
    location.assign(body.url);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    button.removeAttribute("aria-disabled");
    fill(place, h("p", { class: "alert bad", role: "alert" }, error.words()));
    state.poke();
  }
}

function trouble(error) {
  if (!(error instanceof Problem)) throw error;
  if ([400, 401, 403, 404, 410, 422].includes(error.status)) return end(state.contract ? "over" : "dead"); // what was open has ended since
  if (!state.contract) fill(main, unreachable(error, again)); // else the next look may have more luck
  return undefined;
}

function end(name) {
  leaving.abort();
  document.title = `${t(`sign.${name}.title`)} · Paraphe`;
  fill(main, deadEnd(name));
}

// The way back from the signature service may find this page as it was left, frozen.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  Object.assign(state, { returned: true, since: Date.now() });
  document.querySelectorAll("button[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  state.poke?.();
});

addEventListener("hashchange", () => location.reload()); // another notification's link was opened in this tab

keepTime();
open();
