// The PDFs of a contract: looked at where the browser can, opened or saved everywhere. They are fetched with the
// person's token, so they have no address of their own; they are shown from memory.
import { call, Problem } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { language, t } from "./language.js";

const held = new Map(); // address in memory of each file, by contract and digest; kept as long as the page

// load resolves to the address in memory of one version, fetched at most once.
export async function load(contract, version) {
  const key = `${contract.id}/${version}/${contract.documents[version].sha256}`;
  if (!held.has(key)) {
    const asked = call("GET", `/contracts/${contract.id}/document?version=${version}`)
      .then(({ body }) => URL.createObjectURL(body));
    asked.catch(() => held.delete(key));
    held.set(key, asked);
  }
  return held.get(key);
}

// available lists the versions that exist, the most telling first.
export function available(contract) {
  return ["signed", "draft", "proof"].filter((version) => contract.documents?.[version]?.sha256);
}

// embeds reports whether the browser shows a PDF within a page and there is room for it: phones do not and have not.
function embeds() {
  return navigator.pdfViewerEnabled !== false && matchMedia("(min-width: 46rem)").matches;
}

// viewer shows one version in element, with its links to open and to save it.
export async function viewer(element, contract, version) {
  fill(element, h("p", { class: "soft paper" }, icon("file"), t("document.loading")));
  try {
    const address = await load(contract, version);
    fill(element, embeds() && h("iframe", { src: `${address}#view=FitH&navpanes=0`, title: t(`document.${version}`), class: "pdf" }), links(contract, version, address));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(element, h("div", { class: "paper" }, h("p", {}, t("document.trouble")),
      h("button", { type: "button", class: "quiet small", onclick: () => viewer(element, contract, version) }, t("problem.again"))));
  }
}

function links(contract, version, address) {
  const name = `${contract.title.replace(/[\\/:*?"<>|]+/g, " ").trim()} (${t(`document.${version}`)}).pdf`;
  return h("div", { class: "filelinks" },
    h("a", { class: "button quiet", href: address, target: "_blank", rel: "noopener" }, icon("eye"), t("document.open")),
    h("a", { class: "button quiet", href: address, download: name }, icon("down"), t("document.save")),
    h("span", { class: "soft" }, measure(contract.documents[version])));
}

// measure says how large a document is: "3 pages · 84 kB".
export function measure({ pages, size }) {
  const number = new Intl.NumberFormat(language(), { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 });
  return [pages > 0 && t("document.pages", { n: pages }), size > 0 && number.format(Math.max(1, size / 1000))].filter(Boolean).join(" · ");
}

// documents shows the versions of a contract as tabs of a viewer. It returns what redraws it when they change.
export function documents(element) {
  let shown = "";
  let chosen = "";
  return function update(contract) {
    const versions = available(contract);
    const digest = versions.map((version) => contract.documents[version].sha256).join();
    if (digest === shown && shown) return;
    shown = digest;
    if (!versions.includes(chosen) || versions[0] === "signed") chosen = versions[0];
    if (!versions.length) {
      fill(element, h("p", { class: "soft paper" }, icon("file"), t(contract.status === "preparing" ? "document.drawing" : "document.none")));
      return;
    }
    const place = h("div", {});
    const show = (version) => { chosen = version; viewer(place, contract, version); };
    fill(element, versions.length > 1 && choice(versions, () => chosen, show), place);
    show(chosen);
  };
}

function choice(versions, chosen, show) {
  const group = h("div", { class: "choice", role: "group", "aria-label": t("document.versions") });
  const draw = () => fill(group, versions.map((version) => h("button", {
    type: "button", "aria-pressed": String(version === chosen()), onclick: () => { show(version); press(version); },
  }, t(`document.${version}`))));
  const press = (version) => [...group.children].forEach((button, index) => button.setAttribute("aria-pressed", String(versions[index] === version)));
  draw();
  return group;
}
