// The file around the map: its words in both languages, the table of proposals, the box that tells of what was chosen.
// A value that is said in both languages is an object with `zh` and `en`; the page hands over the one that is read.

const given = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const root = at("map");
const NARROW = matchMedia("(max-width: 760px)");
let lang = given.lang;
let chosen = null;
let desk = null;

function inLanguage(value) {
  if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map(inLanguage);
  if (value === null || typeof value !== "object") return value;
  if ("zh" in value && "en" in value) return inLanguage(value[lang]);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inLanguage(each)]));
}

/** Give the map what it draws: the layers, and the mark around what is chosen. */
function show(look) {
  const spot = chosen && { ...chosen.item, id: "", name: "", word: "" };
  const ring = spot?.lon === undefined ? [] : [{ name: "chosen", kind: "points", data: [spot], mark: given.ring }];
  const data = { ...inLanguage({ ...given.map, layers: given.layers }), look: look ?? null };
  data.cooperative = NARROW.matches; // on a phone the page is scrolled, not the map
  data.layers = [...data.layers.map((layer) => ({ ...layer, pick: layer.data.some((each) => infoOf(each)) })), ...inLanguage(ring)];
  if (!desk) desk = new Desk(root);
  desk.take({ setTriggerValue: (_, told) => told.layer && choose(told.layer, told.id) }, data);
}

function infoOf(item) {
  return item.info ?? item.properties?.info;
}

function choose(name, id, look) {
  const layer = given.layers.find((each) => each.name === name);
  const item = layer?.data.find((each) => String(each.id ?? each.properties?.id) === id);
  if (!item) return;
  chosen = { name, id, item };
  tell();
  show(look);
}

function add(tag, text, parent, kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  parent.append(made);
  return made;
}

function tell() {
  const box = at("info");
  box.textContent = chosen ? "" : given.words[lang].hint;
  if (chosen) {
    const list = add("dl", "", box);
    for (const [label, value] of infoOf(chosen.item)[lang]) {
      add("dt", label, list);
      add("dd", value, list);
    }
  }
  for (const row of document.querySelectorAll("tbody tr")) {
    row.setAttribute("aria-selected", String(chosen?.name === "proposals" && row.dataset.id === chosen.id));
  }
}

function write() {
  const words = given.words[lang];
  document.documentElement.lang = lang;
  document.title = words.title;
  for (const id of ["title", "subtitle", "notice", "foot", "licence", "h-sites"]) at(id).textContent = words[id];
  at("lang").textContent = words.switch;
  at("stamp").textContent = words.stamp;
  at("stamp").hidden = !given.synthetic;
  const head = document.querySelector("thead");
  const body = document.querySelector("tbody");
  head.replaceChildren();
  body.replaceChildren();
  const titles = add("tr", "", head);
  words.columns.forEach((title, n) => add("th", title, titles, given.numeric[n] ? "n" : ""));
  for (const { id, cells, lon, lat } of given.rows) {
    const row = add("tr", "", body);
    row.tabIndex = 0;
    row.dataset.id = id;
    cells[lang].forEach((cell, n) => add("td", cell, row, given.numeric[n] ? "n" : ""));
    const go = () => choose("proposals", id, [[lon - 0.08, lat - 0.06], [lon + 0.08, lat + 0.06]]);
    row.addEventListener("click", go);
    row.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      go();
    });
  }
  tell();
}

at("lang").addEventListener("click", () => {
  lang = lang === "zh" ? "en" : "zh";
  // The words of the library's own controls are given to it once: another language is another map at the same place.
  const there = desk?.map && { lon: desk.map.getCenter().lng, lat: desk.map.getCenter().lat, zoom: desk.map.getZoom() };
  if (there) given.map.view = there;
  desk?.end();
  desk = null;
  write();
  show();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => desk?.ready && desk.draw());
write();
show(given.look);
