// The running total under lines that have prices. The document's own total is drawn by the service; this one only
// saves the person a calculation.
import { language, t } from "../language.js";

// total returns what says the total of all lines, or null if lines of this shape have no price: a number with
// "x-unit": "EUR". A line counts "quantity" times, once if it has none; "vat_rate" is what comes on top, in percent.
export function total(shape) {
  const properties = shape.properties ?? {};
  const price = Object.keys(properties).find((name) => properties[name]["x-unit"] === "EUR");
  if (!price) return null;
  const columns = { price, quantity: "quantity" in properties, tax: "vat_rate" in properties };
  return (lines) => words(lines, columns);
}

function words(lines, columns) {
  const filled = lines.filter((line) => Number.isFinite(line[columns.price]));
  if (!filled.length) return "";
  const net = filled.reduce((sum, line) => sum + cents(line, columns), 0);
  if (!columns.tax) return t("form.total", { sum: money(net) });
  return t("form.taxed", { sum: money(net), all: money(net + taxes(filled, columns)) });
}

// cents is one line in whole cents, so that what is added up are the amounts that the document shows.
function cents(line, { price, quantity }) {
  return Math.round(line[price] * 100 * (quantity ? (line.quantity ?? 0) : 1));
}

// taxes is the tax on all lines, rounded once for each rate.
function taxes(lines, columns) {
  const bases = new Map();
  for (const line of lines) bases.set(line.vat_rate ?? 0, (bases.get(line.vat_rate ?? 0) ?? 0) + cents(line, columns));
  return [...bases].reduce((sum, [rate, base]) => sum + Math.round((base * rate) / 100), 0);
}

function money(inCents) {
  return new Intl.NumberFormat(language(), { style: "currency", currency: "EUR" }).format(inCents / 100);
}
