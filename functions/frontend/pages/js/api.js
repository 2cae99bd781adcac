// Calls of the API. The access token lives in this module's memory and nowhere else.
import { t } from "./language.js";

let token = "";
let renew = async () => false;
let renewing = null;

// Problem is an answer that is none: RFC 9457 problem details, or status 0 if nobody answered.
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || "");
    this.status = status;
    this.fields = body?.errors ?? [];
  }

  // words says it in the person's language, with what the service adds.
  words() {
    const known = { 0: "problem.offline", 403: "problem.forbidden", 404: "problem.missing", 409: "problem.conflict", 413: "problem.large", 422: "problem.invalid", 429: "problem.slow" };
    if (this.status in known) return t(known[this.status]);
    return t(this.status >= 500 ? "problem.down" : "problem.other");
  }
}

export function authorise(accessToken) {
  token = accessToken;
}

// renewBy says how a new access token is had once the old one is no longer accepted. It resolves to whether it was.
export function renewBy(way) {
  renew = way;
}

// call asks the API and resolves to {status, etag, body}; it rejects with a Problem. Options: body (JSON), key
// (Idempotency-Key), etag (If-None-Match; the answer may then be 304 without a body), signal, anonymous (send no
// token, renew none).
export async function call(method, path, options = {}) {
  const answer = await patient(method, path, options);
  if (answer.status !== 401 || options.anonymous || !(await renewOnce())) return settle(answer);
  return settle(await patient(method, path, options));
}

function renewOnce() {
  renewing ??= renew().finally(() => { renewing = null; });
  return renewing;
}

// A function that was scaled to zero is back within seconds, so what is safe to repeat is repeated for a while: a
// question, or an order with its key.
const PAUSES = [400, 1200, 2500];

async function patient(method, path, options) {
  const repeatable = method === "GET" || Boolean(options.key);
  for (let turn = 0; ; turn += 1) {
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
      method, headers: headers(options), signal: options.signal, cache: "no-store", credentials: "same-origin",
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
  if (!answer.ok && answer.status !== 304) throw new Problem(answer.status === 599 ? 0 : answer.status, await json(answer, type));
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
