// The pages of those who have an account: which screen stands where, and who may see it.
import { Problem, Replaced } from "./api.js";
import { fill, h } from "./dom.js";
import { t } from "./language.js";
import { keepTime } from "./moments.js";
import { go, show, start } from "./router.js";
import { addressScreen } from "./screens/address.js";
import { attentionScreen } from "./screens/attention.js";
import { contractScreen } from "./screens/contract.js";
import { contractsScreen } from "./screens/contracts.js";
import { loginScreen } from "./screens/login.js";
import { newContractScreen } from "./screens/new-contract.js";
import { stuckScreen } from "./screens/stuck.js";
import { usersScreen } from "./screens/users.js";
import { notice } from "./notice.js";
import { renewByCookie, resume, who } from "./session.js";
import { head, replaced } from "./shell.js";

const draw = () => head(() => show());

// known shows screen to somebody with a session, and the log-in to anybody else; logging in then shows the screen.
function known(screen) {
  return async (place) => {
    draw();
    try {
      return who() ? await screen(place) : loginScreen(show);
    } catch (error) {
      return trouble(error, place);
    }
  };
}

function trouble(error, { signal }) {
  if (signal.aborted) return null;
  if (!(error instanceof Problem)) throw error;
  if (error instanceof Replaced) return null; // what stands there stays, under the words above it
  if (error.status === 401) return loginScreen(show, t("login.ended"));
  return { title: t("problem.title"), content: notice(error, () => show()) };
}

const home = known(async () => { await go("/contracts", { replace: true }); });

async function open() {
  renewByCookie({ replaced, over: show });
  keepTime();
  draw();
  if (!(await resumed())) return;
  await start([
    [/^\/$/, home],
    [/^\/contracts$/, known(contractsScreen)],
    [/^\/contracts\/new$/, known(newContractScreen)],
    [/^\/contracts\/([^/]+)$/, known(contractScreen)],
    [/^\/address$/, known(addressScreen)],
    [/^\/attention$/, known(attentionScreen)],
    [/^\/users$/, known(usersScreen)],
    [/^\/stuck$/, known(stuckScreen)],
  ], draw);
}

// resumed reports whether it is known by now who is there, be it nobody. Without an answer it says so instead of asking
// for a password that is not needed.
async function resumed() {
  try {
    await resume();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(document.getElementById("main"), notice(error, () => location.reload()));
    return false;
  }
}

open().catch((error) => {
  fill(document.getElementById("main"), h("p", { class: "notice", role: "alert" }, t("problem.other")));
  throw error; // for the browser's console
});
