// Who is here, and how they came: with an account, or with the link of a letter.
import { authorise, call, newKey, Problem, renewBy } from "./api.js";

const LINK = "paraphe.link";
const LEFT = "paraphe.left"; // set while the signer is at the signature service
const KEPT = "paraphe.kept"; // set while this browser may hold a refresh cookie, which no script can see
let person = null;

export function who() {
  return person;
}

export function is(...roles) {
  return roles.includes(person?.role);
}

function enter(answer) {
  authorise(answer.body.access_token);
  person = answer.body.person;
}

// logIn opens a session with mail address and password.
export async function logIn(email, password) {
  enter(await call("POST", "/session", { body: { email, password }, anonymous: true, key: newKey() }));
  localStorage.setItem(KEPT, "yes");
}

// proveAddress opens a new session of the same account, whose address is known to be its own from then on.
export async function proveAddress(link, password, key) {
  enter(await call("POST", "/me/address", { body: { link, password }, key }));
}

// resume opens a session again by the refresh cookie, and resolves to whether there was one; where nobody logged in,
// nobody is asked. The cookie rotates at every use, so two tabs must not use the same one: they take turns, where the
// browser has locks.
export async function resume() {
  if (localStorage.getItem(KEPT) === null) return false;
  const turn = async () => {
    try {
      enter(await call("POST", "/session/refresh", { anonymous: true }));
      return true;
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 0 || error.status >= 500) throw error;
      forget();
      return false;
    }
  };
  return navigator.locks ? navigator.locks.request("paraphe.session", turn) : turn();
}

// renewByCookie makes every call that meets an old token renew it once.
export function renewByCookie() {
  renewBy(() => resume().catch(() => false));
}

export async function logOut() {
  await call("DELETE", "/session").catch(() => null); // what cannot be told to the service still ends here
  forget();
  sessionStorage.clear();
}

function forget() {
  localStorage.removeItem(KEPT);
  authorise("");
  person = null;
}

// takeLink returns the secret of the link that was opened, or of the one opened before in this tab. The secret
// leaves the address bar, where it would be copied or photographed, and stays in the tab so that reloading works.
export function takeLink() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(LINK, given);
    sessionStorage.removeItem(LEFT); // who opens a letter comes from there, not from signing
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
  renewBy(() => open().then(() => true, () => false));
  await open();
}
