// Calls of the API. The access token lives in this module's memory and nowhere else.
import { t } from "./language.js";

let token = "";
let holder = null; // the id of the person whom the token speaks for
let closed = false; // once another account took the place of the one that this page was drawn for
let renew = async () => false;
let renewing = null;

// Problem is an answer that is none: RFC 9457 problem details, or status 0 if nobody answered.
export class Problem extends Error {
  constructor(status, body, wait = 0) {
    super(body?.detail || body?.title || "");
    this.status = status;
    this.fields = body?.errors ?? [];
    this.wait = wait; // seconds after which trying again is right, if the service said so
  }

  // words says it in the person's language, with what the service adds.
  words() {
    const known = { 0: "problem.offline", 403: "problem.forbidden", 404: "problem.missing", 409: "problem.conflict", 413: "problem.large", 422: "problem.invalid", 429: "problem.slow" };
    if (this.status === 429 && this.wait > 0) return waiting(this.wait);
    if (this.status in known) return t(known[this.status]);
    return t(this.status >= 500 ? "problem.down" : "problem.other");
  }
}

// waiting says how long, in the unit that a person would use.
function waiting(seconds) {
  return seconds < 90 ? t("problem.seconds", { n: seconds }) : t("problem.minutes", { n: Math.ceil(seconds / 60) });
}

// Replaced is why a call was not made: another account is logged in than the one that this page was drawn for. What one
// person asked for is never asked for again in the name of another.
export class Replaced extends Problem {
  constructor() {
    super(409, null);
  }

  words() {
    return t("other.refused");
  }
}

// authorise makes the calls that follow with the token of the person of this id, or, without one, as nobody.
export function authorise(accessToken, id = null) {
  token = accessToken;
  holder = id;
}

// close lets this page make no further call as anybody.
export function close() {
  closed = true;
  authorise("");
}

// renewBy says how a new access token is had once the old one is no longer accepted. It resolves to whether it was, and
// rejects with a Problem if nobody could say.
export function renewBy(way) {
  renew = way;
}

// call asks the API and resolves to {status, etag, body}; it rejects with a Problem. Options: body (JSON), key
// (Idempotency-Key), etag (If-None-Match; the answer may then be 304 without a body), signal, anonymous (send no
// token, renew none), renewal (it may be repeated, and an answer is not waited for longer than it may be repeated).
export async function call(method, path, options = {}) {
  const asker = holder;
  const answer = await patient(method, path, options, asker);
  if (answer.status !== 401 || options.anonymous || !(await renewOnce())) return settle(answer);
  return settle(await patient(method, path, options, asker));
}

function renewOnce() {
  renewing ??= renew().finally(() => { renewing = null; });
  return renewing;
}

// A function that was scaled to zero is back within seconds, so what is safe to repeat is repeated for a while: a
// question, or an order with its key. A renewal gives the same session again for 20 seconds, so the last of its tries
// begins before that.
const PAUSES = [400, 1200, 2500];
const RENEWAL = 4000; // milliseconds that one try of a renewal has

async function patient(method, path, options, asker) {
  const repeatable = method === "GET" || Boolean(options.key) || Boolean(options.renewal);
  for (let turn = 0; ; turn += 1) {
    if (!options.anonymous && (closed || holder !== asker)) throw new Replaced();
    const answer = await attempt(method, path, options);
    const passing = answer === null || [502, 503, 504].includes(answer.status);
    if (!passing) return answer;
    if (!repeatable || turn === PAUSES.length) return answer ?? new Response(null, { status: 599 });
    await new Promise((resolve) => setTimeout(resolve, PAUSES[turn]));
    options.signal?.throwIfAborted();
  }
}

async function attempt(method, path, options) {
  try {
    return await fetch(`/api/v1${path}`, {
      method, headers: headers(options), cache: "no-store", credentials: "same-origin",
      signal: options.renewal ? AbortSignal.timeout(RENEWAL) : options.signal,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}

function headers({ body, key, etag, anonymous }) {
  const set = { Accept: "application/json, application/problem+json, application/pdf" };
  if (token && !anonymous) set.Authorization = `Bearer ${token}`;
  if (body !== undefined) set["Content-Type"] = "application/json";
  if (key) set["Idempotency-Key"] = key;
  if (etag) set["If-None-Match"] = etag;
  return set;
}

async function settle(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (!answer.ok && answer.status !== 304) {
    throw new Problem(answer.status === 599 ? 0 : answer.status, await json(answer, type), Number(answer.headers.get("Retry-After")) || 0);
  }
  const body = type.includes("json") ? await json(answer, type) : type.includes("pdf") ? await answer.blob() : null;
  return { status: answer.status, etag: answer.headers.get("ETag"), body };
}

async function json(answer, type) {
  return type.includes("json") ? answer.json().catch(() => null) : null;
}

// newKey makes an Idempotency-Key. crypto.randomUUID would need https; this does not.
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
