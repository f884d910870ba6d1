// A map on MapLibre GL: what Python hands over is drawn, what the reader clicks is told back.
// Names come from tables that people typed: they are set as text, never as HTML.

const EARTH_RADIUS_M = 6371008.8;
const SIDES = 64;
const maps = new WeakMap();
let library = null;

export default function (component) {
  const { parentElement, data } = component;
  let desk = maps.get(parentElement);
  if (!desk) {
    desk = new Desk(parentElement);
    maps.set(parentElement, desk);
  }
  desk.take(component, data);
  return () => {
    desk.end();
    maps.delete(parentElement);
  };
}

/** Load the drawing library once a page, from the server that gave the page. */
function loaded(address) {
  library ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL(address.replace(/^\//, "./"), document.baseURI).href;
    script.onload = () => done(window.maplibregl);
    script.onerror = () => failed(new Error("library"));
    document.head.append(script);
  });
  return library;
}

class Desk {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".map");
    this.hidden = new Set();
    this.drawn = new Map();
    this.icons = new Set();
    this.mode = "look";
    this.corners = [];
    this.box.addEventListener("keydown", (event) => event.key === "Escape" && this.leaveMode());
  }

  take(component, data) {
    this.component = component;
    this.data = data;
    this.words = data.words;
    this.root.querySelector(".desk").setAttribute("aria-label", data.alt);
    this.box.style.height = `${data.height}px`;
    if (this.map) return this.ready ? this.draw() : undefined;
    if (this.starting) return undefined;
    this.starting = true;
    this.root.querySelector("link").href = new URL(data.style.replace(/^\//, "./"), document.baseURI).href;
    loaded(data.library).then((gl) => this.start(gl)).catch(() => this.say(this.words.cannot));
    return undefined;
  }

  start(gl) {
    if (this.ended) return;
    this.gl = gl;
    const { lon, lat, zoom } = this.data.view;
    this.map = new gl.Map({
      container: this.box,
      style: here(this.data.base) ?? { version: 8, sources: {}, layers: [] },
      center: [lon, lat],
      zoom,
      minZoom: 5,
      maxZoom: 18,
      locale: this.words.controls,
      attributionControl: this.data.base ? { compact: true } : false,
      cooperativeGestures: true,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maplibreLogo: false,
      localIdeographFontFamily: "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif",
    });
    this.box.map = this.map;
    // On a phone the list of layers would cover the map that it explains.
    this.root.querySelector(".legend").open = this.box.clientWidth > 440;
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new gl.NavigationControl({ visualizePitch: false }), "top-right");
    this.map.addControl(new gl.FullscreenControl({ container: this.root.querySelector(".desk") }), "top-right");
    this.map.addControl(new gl.ScaleControl({ maxWidth: 110 }), "bottom-left");
    this.map.on("load", () => {
      this.ready = true;
      this.listen();
      this.draw();
    });
  }

  end() {
    this.ended = true;
    this.map?.remove();
  }

  say(text) {
    const note = this.root.querySelector(".note");
    note.textContent = text;
    note.hidden = !text;
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------

  draw() {
    const theme = themeOf(this.root);
    const wanted = this.data.layers;
    const names = new Set(wanted.map((layer) => layer.name));
    for (const [name, kept] of this.drawn) {
      if (!names.has(name)) this.drop(name, kept);
    }
    for (const layer of wanted) {
      const text = JSON.stringify(layer) + theme.key;
      const kept = this.drawn.get(layer.name);
      if (kept?.text === text) continue;
      if (kept) this.drop(layer.name, kept);
      const made = partsOf(layer, theme, this);
      const id = `ipps-${layer.name}`;
      this.map.addSource(id, { type: "geojson", data: made.collection, promoteId: "id", ...(made.source ?? {}) });
      const ids = made.parts.map((part, n) => {
        this.map.addLayer({ id: `${id}-${n}`, source: id, ...part });
        return `${id}-${n}`;
      });
      this.drawn.set(layer.name, { text, ids, layer, filters: made.parts.map((part) => part.filter) });
    }
    for (const layer of wanted) {
      for (const id of this.drawn.get(layer.name).ids) this.map.moveLayer(id);
    }
    this.panel();
    this.search();
    this.tools();
    this.apply();
    this.goTo();
  }

  drop(name, kept) {
    for (const id of kept.ids) this.map.removeLayer(id);
    this.map.removeSource(`ipps-${name}`);
    this.drawn.delete(name);
  }

  /** Fly to where Python asks to look, once for each asking. */
  goTo() {
    const asked = this.data.look;
    const key = JSON.stringify(asked ?? null);
    if (key === this.looked) return;
    const first = this.looked === undefined;
    this.looked = key;
    if (!asked) return;
    this.map.fitBounds(asked, { padding: 40, maxZoom: 13, animate: !first && !reducedMotion() });
  }

  /** Show or hide what the reader ticked; no word to the server. */
  apply() {
    for (const { layer, ids, filters } of this.drawn.values()) {
      const whole = this.hidden.has(layer.group ?? layer.name);
      ids.forEach((id, n) => {
        this.map.setLayoutProperty(id, "visibility", whole ? "none" : "visible");
        const kinds = (layer.legend ?? []).filter((entry) => entry.kind && this.hidden.has(keyOf(layer, entry)));
        const off = kinds.map((entry) => entry.kind);
        const own = filters[n];
        const shown = ["!", ["in", ["get", "kind"], ["literal", off]]];
        this.map.setFilter(id, off.length ? (own ? ["all", own, shown] : shown) : (own ?? null));
      });
    }
  }

  panel() {
    const list = this.root.querySelector(".legend ul");
    const entries = this.data.layers.flatMap((layer) => (layer.legend ?? []).map((entry) => ({ layer, entry })));
    this.root.querySelector(".legend summary").textContent = this.words.layers;
    this.root.querySelector(".legend").hidden = !entries.length;
    list.replaceChildren(
      ...entries.map(({ layer, entry }) => {
        const row = document.createElement("li");
        const key = keyOf(layer, entry);
        if (entry.heading || entry.fixed) {
          row.append(...(entry.swatch ? [swatch(entry)] : []), span(entry.word));
          if (entry.fixed) row.className = "step";
          return row;
        }
        const label = document.createElement("label");
        const tick = document.createElement("input");
        tick.type = "checkbox";
        tick.checked = !this.hidden.has(key);
        tick.addEventListener("change", () => {
          tick.checked ? this.hidden.delete(key) : this.hidden.add(key);
          this.apply();
        });
        label.append(tick, ...(entry.swatch ? [swatch(entry)] : []), span(entry.word));
        row.append(label);
        return row;
      }),
    );
  }

  /** Return the name under which a text drawn as a picture is known to the map: any script, no font files. */
  icon(text, style) {
    const name = JSON.stringify([text, style]);
    if (this.icons.has(name) && this.map.hasImage(name)) return name;
    const ratio = 2;
    const pen = document.createElement("canvas").getContext("2d");
    const font = `${style.bold ? "bold " : ""}${style.size * ratio}px "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif`;
    pen.font = font;
    const width = Math.ceil(pen.measureText(text).width) + 8 * ratio;
    const height = Math.ceil(style.size * 1.5) * ratio;
    pen.canvas.width = width;
    pen.canvas.height = height;
    pen.font = font;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    if (style.halo) {
      pen.strokeStyle = style.halo;
      pen.lineWidth = 3 * ratio;
      pen.strokeText(text, width / 2, height / 2);
    }
    pen.fillStyle = style.colour;
    pen.fillText(text, width / 2, height / 2);
    this.map.addImage(name, pen.getImageData(0, 0, width, height), { pixelRatio: ratio });
    this.icons.add(name);
    return name;
  }

  // ---- listening ---------------------------------------------------------------------------------------------------

  listen() {
    const { map } = this;
    map.on("click", (event) => this.clicked(event));
    map.on("dblclick", (event) => {
      if (this.mode === "look") return;
      event.preventDefault();
      this.finish();
    });
    map.on("mousemove", (event) => this.moved(event));
    map.on("mouseout", () => this.hover(null));
    map.getCanvas().setAttribute("aria-label", this.data.alt);
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  }

  pickable() {
    return [...this.drawn.values()].filter(({ layer }) => layer.pick).flatMap(({ ids }) => ids);
  }

  hit(point, ids) {
    const around = [[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]];
    const [exact] = this.map.queryRenderedFeatures(point, { layers: ids });
    const found = exact ?? this.map.queryRenderedFeatures(around, { layers: ids })[0];
    // An area may lie under a point that was only just missed.
    const near = this.map.queryRenderedFeatures(around, { layers: ids }).find((each) => each.geometry.type === "Point");
    return near ?? found;
  }

  clicked(event) {
    const spot = [event.lngLat.lng, event.lngLat.lat];
    if (this.mode !== "look") {
      this.corners.push(spot);
      if (this.mode === "box" && this.corners.length === 2) this.finish();
      else this.sketch();
      return;
    }
    const found = this.hit(event.point, this.pickable());
    if (found) {
      const name = this.nameOf(found.layer.id);
      this.component.setTriggerValue("picked", { layer: name, id: String(found.properties.id) });
    } else if (this.data.ground) {
      this.component.setTriggerValue("picked", { layer: "", lon: round(spot[0]), lat: round(spot[1]) });
    }
  }

  nameOf(id) {
    return [...this.drawn].find(([, kept]) => kept.ids.includes(id))[0];
  }

  moved(event) {
    const { lng, lat } = event.lngLat;
    this.root.querySelector(".where").textContent = `${lng.toFixed(4)}, ${lat.toFixed(4)}`;
    if (this.mode !== "look") {
      this.hover(null);
      this.sketch([lng, lat]);
      return;
    }
    const told = [...this.drawn.values()].filter(({ layer }) => layer.tell || layer.pick).flatMap(({ ids }) => ids);
    const found = this.hit(event.point, told);
    this.hover(found, event.point);
    const free = this.data.ground ? "crosshair" : "";
    this.map.getCanvas().style.cursor = found && this.pickable().includes(found.layer.id) ? "pointer" : free;
  }

  hover(found, point) {
    const tip = this.root.querySelector(".tip");
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = [found.properties.name, found.properties.word].filter(Boolean).join("\n");
    const right = point.x > this.box.clientWidth - 240;
    tip.style.left = right ? "" : `${point.x + 14}px`;
    tip.style.right = right ? `${this.box.clientWidth - point.x + 14}px` : "";
    tip.style.top = `${Math.min(point.y + 14, this.box.clientHeight - 60)}px`;
  }

  // ---- searching, measuring, drawing an area -----------------------------------------------------------------------

  search() {
    const field = this.root.querySelector(".search input");
    const list = this.root.querySelector(".search ul");
    field.placeholder = this.words.search;
    field.setAttribute("aria-label", this.words.search);
    field.oninput = () => {
      const found = searched(field.value, this.data.places ?? [], this.words);
      list.replaceChildren(...found.map((place) => this.choice(place)));
      list.hidden = !found.length;
    };
    field.onkeydown = (event) => {
      if (event.key === "Enter") list.querySelector("button")?.click();
      if (event.key === "ArrowDown") list.querySelector("button")?.focus();
      if (event.key === "Escape") list.hidden = true;
      event.stopPropagation();
    };
  }

  choice([name, word, lon, lat]) {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.append(span(name), span(word, "kind"));
    button.addEventListener("click", () => {
      this.root.querySelector(".search ul").hidden = true;
      this.root.querySelector(".search input").value = name;
      this.pin ??= new this.gl.Marker({ color: "#d55e00" });
      this.pin.setLngLat([lon, lat]).addTo(this.map);
      this.map.flyTo({ center: [lon, lat], zoom: Math.max(this.map.getZoom(), 12), animate: !reducedMotion() });
    });
    row.append(button);
    return row;
  }

  tools() {
    const modes = ["measure", ...(this.data.areas ? ["box", "ring"] : [])];
    const bar = this.root.querySelector(".tools");
    bar.replaceChildren(
      ...modes.map((mode) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = this.words[mode];
        button.setAttribute("aria-pressed", String(this.mode === mode));
        button.addEventListener("click", () => (this.mode === mode ? this.leaveMode() : this.enter(mode)));
        return button;
      }),
    );
  }

  enter(mode) {
    this.mode = mode;
    this.corners = [];
    this.map.doubleClickZoom.disable();
    this.map.getCanvas().style.cursor = "crosshair";
    this.say(this.words[`${mode}_help`]);
    this.sketch();
    this.tools();
  }

  leaveMode() {
    if (this.mode === "look") return;
    this.mode = "look";
    this.corners = [];
    this.map.doubleClickZoom.enable();
    this.map.getCanvas().style.cursor = "";
    this.say("");
    this.sketch();
    this.tools();
  }

  finish() {
    const ring = outlineOf(this.mode, dedupe(this.corners));
    if (this.mode !== "measure" && ring.length > 3) {
      this.component.setTriggerValue("drawn", { ring: ring.map(([lon, lat]) => [round(lon), round(lat)]) });
      this.leaveMode();
    } else if (this.mode === "measure") {
      this.corners = dedupe(this.corners);
      this.sketch();
      this.corners = [];
    }
  }

  sketch(pointer) {
    const id = "ipps-sketch";
    const line = [...this.corners, ...(pointer && this.corners.length ? [pointer] : [])];
    const shape = this.mode === "measure" ? line : outlineOf(this.mode, line);
    const collection = { type: "FeatureCollection", features: shape.length > 1 ? [feature("LineString", shape)] : [] };
    if (this.map.getSource(id)) this.map.getSource(id).setData(collection);
    else {
      this.map.addSource(id, { type: "geojson", data: collection });
      this.map.addLayer({ id, source: id, type: "line", paint: { "line-color": "#d55e00", "line-width": 2, "line-dasharray": [2, 1] } });
    }
    this.map.moveLayer(id);
    if (this.mode === "measure" && line.length > 1) {
      this.say(`${this.words.measured} ${kilometres(length(line))} ${this.words.km}`);
    }
  }
}

// ---- layers --------------------------------------------------------------------------------------------------------

function partsOf(layer, theme, desk) {
  const makers = { areas, hexagons, points, reaches, labels };
  return makers[layer.kind](layer, theme, desk);
}

function areas(layer, theme) {
  const fill = layer.fill === "ground" ? theme.ground : layer.fill;
  const parts = [];
  if (fill) parts.push({ type: "fill", paint: { "fill-color": fill, "fill-opacity": layer.opacity ?? 1 } });
  parts.push({ type: "line", paint: { "line-color": layer.line ?? theme.border, "line-width": layer.width ?? 1 } });
  return { collection: { type: "FeatureCollection", features: layer.data }, parts };
}

function hexagons(layer) {
  const features = layer.data.map(([count, ring]) => feature("Polygon", [ring], { count, name: "" }));
  const steps = ["step", ["get", "count"], layer.colours[0]];
  layer.limits.forEach((limit, n) => steps.push(limit, layer.colours[n + 1]));
  return {
    collection: { type: "FeatureCollection", features },
    parts: [{ type: "fill", paint: { "fill-color": steps, "fill-opacity": 0.75, "fill-outline-color": "rgba(0,0,0,0)" } }],
  };
}

function points(layer) {
  const features = layer.data.map((spot) => feature("Point", [spot.lon, spot.lat], spot));
  const colour = byKind(layer.colours, layer.colour ?? "#888888");
  const size = byKind(layer.sizes, layer.size);
  const paint = {
    "circle-color": layer.hollow ? "rgba(0,0,0,0)" : colour,
    "circle-radius": size,
    "circle-stroke-width": layer.hollow ? 2.5 : 1,
    "circle-stroke-color": layer.hollow ? layer.colour : "#1e1e1e",
  };
  return { collection: { type: "FeatureCollection", features }, parts: [{ type: "circle", paint }] };
}

function reaches(layer) {
  const features = layer.data.map(([lon, lat]) => {
    const ring = Array.from({ length: SIDES + 1 }, (_, n) => offset(lon, lat, layer.radius_m, (2 * Math.PI * n) / SIDES));
    return feature("Polygon", [ring]);
  });
  return {
    collection: { type: "FeatureCollection", features },
    parts: [
      { type: "fill", paint: { "fill-color": layer.colour, "fill-opacity": 0.07 } },
      { type: "line", paint: { "line-color": layer.colour, "line-opacity": 0.6, "line-width": 1 } },
    ],
  };
}

function labels(layer, theme, desk) {
  const style = { size: layer.size, colour: layer.colour ?? theme.text, halo: layer.colour ? null : theme.halo, bold: Boolean(layer.colour) };
  const features = layer.data.map((spot) => feature("Point", [spot.lon, spot.lat], { icon: desk.icon(spot.text, style) }));
  const layout = { "icon-image": ["get", "icon"], "icon-allow-overlap": Boolean(layer.always), "icon-padding": 1 };
  return { collection: { type: "FeatureCollection", features }, parts: [{ type: "symbol", layout }] };
}

/** Return a style whose tiles lie below this page's own address, where they are given by this server. */
function here(style) {
  if (!style) return null;
  const made = structuredClone(style);
  for (const source of Object.values(made.sources)) {
    source.tiles = source.tiles?.map((tile) => (tile.startsWith("./") ? new URL(".", document.baseURI).href + tile.slice(2) : tile));
  }
  return made;
}

function byKind(values, other) {
  const pairs = Object.entries(values ?? {}).flat();
  return pairs.length ? ["match", ["get", "kind"], ...pairs, other] : other;
}

// ---- small things --------------------------------------------------------------------------------------------------

function feature(type, coordinates, properties = {}) {
  return { type: "Feature", geometry: { type, coordinates }, properties };
}

/** Return the place that lies `far` metres from another in a direction, for distances within a city. */
function offset(lon, lat, far, angle) {
  const degree = (EARTH_RADIUS_M * Math.PI) / 180;
  return [lon + (far * Math.cos(angle)) / (degree * Math.cos((lat * Math.PI) / 180)), lat + (far * Math.sin(angle)) / degree];
}

function length(line) {
  const rad = Math.PI / 180;
  let sum = 0;
  for (let n = 1; n < line.length; n += 1) {
    const [[a, b], [c, d]] = [line[n - 1], line[n]];
    const half = Math.sin(((d - b) * rad) / 2) ** 2 + Math.cos(b * rad) * Math.cos(d * rad) * Math.sin(((c - a) * rad) / 2) ** 2;
    sum += 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(half));
  }
  return sum;
}

function kilometres(metres) {
  return (metres / 1000).toFixed(metres < 10000 ? 2 : 1);
}

function outlineOf(mode, line) {
  if (mode === "box" && line.length === 2) {
    const [[west, south], [east, north]] = line;
    return [[west, south], [east, south], [east, north], [west, north], [west, south]];
  }
  return line.length > 2 ? [...line, line[0]] : line;
}

function dedupe(line) {
  return line.filter(([lon, lat], n) => !n || Math.abs(lon - line[n - 1][0]) > 1e-7 || Math.abs(lat - line[n - 1][1]) > 1e-7);
}

function searched(text, places, words) {
  const asked = text.trim().toLowerCase();
  if (!asked) return [];
  const spot = coordinates(asked);
  const found = places.filter(([name]) => name.toLowerCase().includes(asked));
  found.sort((a, b) => a[0].toLowerCase().indexOf(asked) - b[0].toLowerCase().indexOf(asked) || a[0].length - b[0].length);
  return [...(spot ? [[text.trim(), words.coordinates, ...spot]] : []), ...found.slice(0, 10)];
}

/** Read "116.3, 39.9" in either order, where only one order lies in the country. */
function coordinates(text) {
  const parts = text.split(/[\s,，;；]+/).map(Number);
  if (parts.length !== 2 || parts.some(Number.isNaN)) return null;
  const [a, b] = parts;
  const within = (lon, lat) => lon > 73 && lon < 136 && lat > 3 && lat < 54;
  if (within(a, b)) return [a, b];
  return within(b, a) ? [b, a] : null;
}

function keyOf(layer, entry) {
  return entry.kind ? `${layer.name}/${entry.kind}` : (layer.group ?? layer.name);
}

function swatch({ swatch: colour, size, hollow, square }) {
  const mark = document.createElement("i");
  mark.style.cssText = `width:${size}px;height:${size}px;border-radius:${square ? 1 : size}px`;
  mark.style.background = hollow ? "transparent" : colour;
  mark.style.border = hollow ? `2px solid ${colour}` : "1px solid #333";
  return mark;
}

function span(text, kind = "") {
  const made = document.createElement("span");
  made.textContent = text;
  made.className = kind;
  return made;
}

function themeOf(root) {
  const style = getComputedStyle(root.host ?? root);
  const background = style.getPropertyValue("--st-background-color").trim() || "#ffffff";
  const dark = brightness(background) < 128;
  return {
    key: background,
    ground: dark ? "#262a33" : "#f6f5f1",
    border: dark ? "#8a8f99" : "#7a7a7a",
    text: dark ? "#e6e6e6" : "#333333",
    halo: dark ? "#14171d" : "#ffffff",
  };
}

function brightness(colour) {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function reducedMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function round(degrees) {
  return Math.round(degrees * 1e5) / 1e5;
}
