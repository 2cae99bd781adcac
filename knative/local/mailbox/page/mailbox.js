// The mailbox's page: it asks for the list every second and draws only what changed.

const at = (id) => document.getElementById(id);
const state = { mails: [], tag: "", open: "", tab: "html", seen: new Set(), first: true };

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function when(text) {
  const then = new Date(text);
  const today = then.toDateString() === new Date().toDateString();
  return then.toLocaleString(undefined, today ? { timeStyle: "short" } : { day: "numeric", month: "short" });
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

const person = (name, address) => (name ? `${name} <${address}>` : address);

// shown lists the mails that the search leaves.
function shown() {
  const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  return state.mails.filter((m) => {
    const text = `${m.subject} ${m.to} ${m.to_name ?? ""} ${m.from} ${m.from_name ?? ""}`.toLowerCase();
    return words.every((w) => text.includes(w));
  });
}

function row(m) {
  const link = make("a", { href: `#${m.id}` },
    make("span", { className: "who", textContent: m.to_name || m.to, title: m.to }),
    make("time", { dateTime: m.at, textContent: when(m.at), title: new Date(m.at).toLocaleString() }),
    make("span", { className: "what", textContent: m.attachments.length ? `${m.subject} · ${m.attachments.length} files` : m.subject }));
  return make("li", { id: `row-${m.id}` }, link);
}

// drawList keeps the rows that are there, so that nothing flickers and the focus stays.
function drawList() {
  const mails = shown();
  const rows = mails.map((m) => at(`row-${m.id}`) ?? row(m));
  const list = at("list");
  if (rows.length !== list.children.length || rows.some((r, i) => list.children[i] !== r)) list.replaceChildren(...rows);
  for (const r of rows) {
    const id = r.id.slice(4);
    r.className = state.seen.has(id) ? "" : "unread";
    const link = r.firstElementChild;
    if (id === state.open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  at("empty").hidden = mails.length > 0;
  at("empty").textContent = state.mails.length ? "No notification matches the search." : "No notifications yet. Send a contract, and they appear here by themselves.";
}

function facts(list, pairs) {
  list.replaceChildren(...pairs.filter(([, value]) => value).flatMap(([name, value]) => [
    make("dt", { textContent: name }), make("dd", { textContent: value })]));
}

function drawTabs() {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.tab === state.tab;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    at(tab.dataset.tab).hidden = !chosen;
  }
}

async function open(id) {
  state.open = id;
  document.body.classList.toggle("reading", Boolean(id));
  const answer = id ? await fetch(`/api/mails/${encodeURIComponent(id)}`) : null;
  if (state.open !== id) return;
  const found = Boolean(answer?.ok);
  at("mail").hidden = !found;
  at("choose").hidden = found;
  if (found) {
    state.seen.add(id);
    draw(await answer.json());
  }
  drawList();
}

function draw(m) {
  at("subject").textContent = m.subject;
  facts(at("facts"), [["To", person(m.to_name, m.to)], ["From", person(m.from_name, m.from)], ["Replies to", m.reply_to], ["Sent", new Date(m.at).toLocaleString()]]);
  at("files").replaceChildren(...m.attachments.map((a) => make("li", {},
    make("a", { href: a.url, target: "_blank", rel: "noopener" }, a.name, make("small", { textContent: size(a.size) })))));
  at("html").src = `/api/mails/${encodeURIComponent(m.id)}/html`;
  at("text").textContent = m.text;
  facts(at("details"), [...Object.entries(m.custom_args), ...Object.entries(m.headers ?? {}), ...m.links.map((l) => ["Link", l])]);
  drawTabs();
  at("subject").focus({ preventScroll: true });
}

async function refresh() {
  try {
    const answer = await fetch("/api/mails?brief", { headers: state.tag ? { "If-None-Match": state.tag } : {}, cache: "no-store" });
    if (answer.status === 200) {
      const before = state.mails.length;
      state.tag = answer.headers.get("ETag") ?? "";
      state.mails = (await answer.json()).items;
      if (state.first) state.mails.forEach((m) => state.seen.add(m.id));
      else if (state.mails.length > before) at("status").textContent = `New notification: ${state.mails[0].subject}`;
      state.first = false;
      drawList();
    }
    document.title = "Mailbox · Paraphe";
  } catch {
    document.title = "Mailbox (not running)";
  }
  setTimeout(refresh, document.hidden ? 5000 : 1000);
}

addEventListener("hashchange", () => open(location.hash.slice(1)));
at("search").addEventListener("input", drawList);
at("back").addEventListener("click", () => { location.hash = ""; });
for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => { state.tab = tab.dataset.tab; drawTabs(); });
}
document.querySelector("[role=tablist]").addEventListener("keydown", (e) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  if (!step) return;
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const next = tabs[(tabs.findIndex((t) => t.dataset.tab === state.tab) + step + tabs.length) % tabs.length];
  next.click();
  next.focus();
});
await refresh();
await open(location.hash.slice(1));
