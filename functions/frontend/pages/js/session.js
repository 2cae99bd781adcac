// Who is here, and how they came: with an account, or with the link of a notification.
import { authorise, call, close, newKey, Problem, renewBy, Replaced } from "./api.js";

const LINK = "paraphe.link";
const LEFT = "paraphe.left"; // set while the signer is at the signature service
const KEPT = "paraphe.kept"; // whose refresh cookie, which no script can see, this browser may hold
let person = null;
let changed = { replaced: () => {}, over: () => {} };

export function who() {
  return person;
}

export function is(...roles) {
  return roles.includes(person?.role);
}

// enter goes on as the person of an answer. A page that was drawn for one person is never gone on with as another: all
// tabs share one refresh cookie, and it may be another account's by now.
function enter({ body }) {
  if (person && person.id !== body.person.id) {
    replace();
    throw new Replaced();
  }
  authorise(body.access_token, body.person.id);
  person = body.person;
}

function replace() {
  close();
  changed.replaced();
}

// logIn opens a session with mail address and password.
export async function logIn(email, password) {
  leaveOff();
  enter(await call("POST", "/session", { body: { email, password }, anonymous: true, key: newKey() }));
  localStorage.setItem(KEPT, person.id);
}

// proveAddress opens a new session of the same account, whose address is known to be its own from then on.
export async function proveAddress(link, password, key) {
  enter(await call("POST", "/me/address", { body: { link, password }, key }));
}

// resume opens a session again by the refresh cookie, and resolves to whether there was one; where nobody logged in,
// nobody is asked. It rejects with a Problem if nobody could say. The cookie rotates at every use, so tabs take turns,
// where the browser has locks; an answer that is lost comes again if the same cookie is used again at once.
export async function resume() {
  if (localStorage.getItem(KEPT) === null) return false;
  const turn = async () => {
    try {
      enter(await call("POST", "/session/refresh", { anonymous: true, renewal: true }));
      localStorage.setItem(KEPT, person.id);
      return true;
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      forget();
      return false;
    }
  };
  return navigator.locks ? navigator.locks.request("paraphe.session", turn) : turn();
}

// renewByCookie makes every call that meets an old token renew it once. replaced runs once another account is logged in
// than this page was drawn for, whether that was seen at a renewal or told by the other tab; over runs when the person
// logged out in another tab.
export function renewByCookie({ replaced, over }) {
  changed = { replaced, over };
  renewBy(resume);
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== KEPT || !person || newValue === person.id) return;
    if (newValue !== null) replace();
    else {
      forget();
      changed.over();
    }
  });
}

// logOut ends this person's session; what cannot be told to the service still ends here. The service is told who asks:
// the cookie may be another account's by now, whose session is not theirs to end.
export async function logOut() {
  await call("DELETE", "/session").catch((error) => {
    if (error instanceof Replaced || !(error instanceof Problem)) throw error;
  });
  forget();
  sessionStorage.clear();
}

function forget() {
  localStorage.removeItem(KEPT); // which tells the other tabs
  leaveOff();
}

function leaveOff() {
  authorise("");
  person = null;
}

// takeLink returns the secret of the link that was opened, or of the one opened before in this tab. The secret
// leaves the address bar, where it would be copied or photographed, and stays in the tab so that reloading works.
export function takeLink() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(LINK, given);
    sessionStorage.removeItem(LEFT); // who opens a notification comes from there, not from signing
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(LINK);
}

// heldLink is the secret of the link that was opened last in this tab, if one was.
export function heldLink() {
  return sessionStorage.getItem(LINK);
}

// hasAccount reports whether somebody is logged in here with an account, as far as a script can know.
export function hasAccount() {
  return localStorage.getItem(KEPT) !== null;
}

// leave notes that the signer goes to the signature service; hasLeft reports whether they did, in this tab.
export function leave() {
  sessionStorage.setItem(LEFT, "yes");
}

export function hasLeft() {
  return sessionStorage.getItem(LEFT) !== null;
}

// openLink opens a session for the signer whom the link was mailed to, and keeps it open by the same secret.
export async function openLink(secret) {
  const open = async () => enter(await call("POST", "/session", { body: { link: secret }, anonymous: true, key: newKey() }));
  renewBy(() => open().then(() => true, (error) => {
    if (error.status === 401) return false;
    throw error; // nobody could say
  }));
  await open();
}
