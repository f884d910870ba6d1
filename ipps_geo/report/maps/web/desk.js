// A map on MapLibre GL: what Python hands over is drawn, what the reader clicks is told back. It stands in the pages of
// the app and in a file of its own; layers.js, which is read before it, makes what MapLibre draws.
// Names come from tables that people typed: they are set as text, never as HTML.

const MOST_LISTED = 200;
const SLOW_MS = 34; // thirty frames a second
const COARSE = [1, 0.5, 0.3]; // points drawn a point of the screen while the map moves, the finest first
const REST_MS = 120; // a wheel turns in steps: the map rests when none follows
let library = null;

/** Load the drawing library once a page, from the server that gave the page; a file holds it already. */
function loaded(address) {
  if (!address) return window.maplibregl ? Promise.resolve(window.maplibregl) : Promise.reject(new Error("library"));
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
    this.met = new Set();
    this.drawn = new Map();
    this.mode = "look";
    this.corners = [];
    this.box.addEventListener("keydown", (event) => event.key === "Escape" && this.leaveMode());
  }

  take(component, data) {
    this.component = component;
    this.data = data;
    this.words = data.words;
    this.root.querySelector(".desk").setAttribute("aria-label", data.alt);
    if (data.height) this.box.style.height = `${data.height}px`;
    if (this.map) return this.ready ? this.draw() : undefined;
    if (this.starting) return undefined;
    this.starting = true;
    if (data.style) this.root.querySelector("link").href = new URL(data.style.replace(/^\//, "./"), document.baseURI).href;
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
      cooperativeGestures: this.data.cooperative ?? true,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maplibreLogo: false,
      fadeDuration: 0, // a machine without a graphics card draws every frame of a fade itself
      localIdeographFontFamily: "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif",
    });
    this.box.map = this.map;
    // On a phone the list of layers would cover the map that it explains.
    this.root.querySelector(".legend").open = this.box.clientWidth > 560;
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new gl.NavigationControl({ visualizePitch: false }), "top-right");
    this.map.addControl(new gl.FullscreenControl({ container: this.root.querySelector(".desk") }), "top-right");
    this.map.addControl(new gl.ScaleControl({ maxWidth: 110 }), "bottom-left");
    this.map.on("load", () => {
      this.ready = true;
      this.home = this.map.getBounds();
      this.listen();
      this.draw();
    });
  }

  end() {
    this.ended = true;
    window.removeEventListener("beforeprint", this.printing);
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
    for (const layer of wanted.filter((each) => each.off && !this.met.has(each.name))) {
      this.met.add(layer.name);
      this.hidden.add(layer.group ?? layer.name);
    }
    const names = new Set(wanted.map((layer) => layer.name));
    for (const [name, kept] of this.drawn) {
      if (!names.has(name)) this.drop(name, kept);
    }
    for (const layer of wanted) {
      const kept = this.drawn.get(layer.name);
      if (kept?.theme === theme.key && (kept.layer === layer || JSON.stringify(kept.layer) === JSON.stringify(layer))) continue;
      if (kept) this.drop(layer.name, kept);
      const made = partsOf(layer, theme, this);
      const id = `ipps-${layer.name}`;
      this.map.addSource(id, { type: "geojson", data: made.collection, promoteId: "id", ...(made.source ?? {}) });
      const ids = made.parts.map((part, n) => {
        this.map.addLayer({ id: `${id}-${n}`, source: id, ...part });
        return `${id}-${n}`;
      });
      this.drawn.set(layer.name, { theme: theme.key, ids, layer, filters: made.parts.map((part) => part.filter) });
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
    this.root.querySelector(".unplaced").replaceChildren(...(this.data.unplaced ?? []).map(unplaced));
    list.replaceChildren(
      ...entries.map(({ layer, entry }) => {
        const row = document.createElement("li");
        const key = keyOf(layer, entry);
        if (entry.heading || entry.fixed) {
          row.append(...signOf(entry), span(entry.word));
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
          this.steps();
        });
        label.append(tick, ...signOf(entry), span(entry.word));
        row.append(label);
        return row;
      }),
    );
    this.steps();
  }

  /** Show the classes of what is drawn, and only of that. */
  steps() {
    const entries = this.data.layers.flatMap((layer) => (layer.legend ?? []).map((entry) => ({ layer, entry })));
    [...this.root.querySelector(".legend ul").children].forEach((row, n) => {
      const { layer, entry } = entries[n];
      row.hidden = Boolean(entry.fixed) && this.hidden.has(layer.group ?? layer.name);
    });
    this.list();
  }

  /** Return the name under which a picture is known to the map, drawn once: any script and shape, no font files. */
  icon(key, draw) {
    if (!this.map.hasImage(key)) this.map.addImage(key, draw(), { pixelRatio: RATIO });
    return key;
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
    map.on("moveend", () => this.list());
    map.getCanvas().setAttribute("aria-label", this.data.alt);
    this.pace();
    this.printing = () => this.print();
    window.addEventListener("beforeprint", this.printing);
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  }

  /** Put what the map shows on paper: a printed page has no picture of what a graphics library draws. */
  print() {
    this.paper ??= this.box.appendChild(document.createElement("canvas"));
    this.paper.className = "paper";
    this.draws(1);
    this.map.redraw(); // what it drew before is gone from its canvas by now
    const drawn = this.map.getCanvas();
    this.paper.width = drawn.width;
    this.paper.height = drawn.height;
    this.paper.getContext("2d").drawImage(drawn, 0, 0);
  }

  /**
   * Where the processor draws for want of a graphics card, or frames come slowly, draw coarser while the map moves: it
   * follows the hand, and is sharp when it rests. How coarse is found out once and kept for the next move.
   */
  pace() {
    this.coarse = drawnByProcessor(this.map.painter?.context?.gl) ? 1 : 0;
    let last = 0;
    let taken = 0;
    let resting = null;
    this.map.on("movestart", () => {
      clearTimeout(resting);
      last = 0;
      taken = 0;
      this.draws(COARSE[this.coarse]);
    });
    this.map.on("render", () => {
      const now = performance.now();
      if (!this.map.isMoving()) return;
      if (last) taken = taken ? 0.8 * taken + 0.2 * Math.min(now - last, 500) : SLOW_MS / 2;
      last = now;
      if (taken < SLOW_MS || this.coarse === COARSE.length - 1) return;
      this.coarse += 1;
      taken = 0;
      setTimeout(() => this.map.isMoving() && this.draws(COARSE[this.coarse]));
    });
    this.map.on("moveend", () => {
      clearTimeout(resting);
      resting = setTimeout(() => this.draws(1), REST_MS);
    });
  }

  /** Draw so many points a point of the screen. The map takes a new size for a reason to stop: it is told that it moves. */
  draws(share) {
    const ratio = share * (window.devicePixelRatio || 1);
    if (this.ended || this.map.getPixelRatio() === ratio) return;
    const moves = this.map._moving;
    this.map._moving = true; // or a new size would end the drag that goes on
    try {
      this.map.setPixelRatio(ratio);
    } finally {
      this.map._moving = moves;
    }
    this.map.triggerRepaint();
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
    if (this.map.isMoving()) {
      this.hover(null); // what lies under the pointer is not asked for in every frame
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
      const found = searched(field.value, this.places(), this.words);
      const none = document.createElement("li");
      none.append(span(this.words.not_found, "none"));
      list.replaceChildren(...(found.length ? found.map((place) => this.choice(place)) : [none]));
      list.hidden = !field.value.trim();
    };
    field.onkeydown = (event) => {
      if (event.key === "Enter") list.querySelector("button")?.click();
      if (event.key === "ArrowDown") list.querySelector("button")?.focus();
      if (event.key === "Escape") list.hidden = true;
      event.stopPropagation();
    };
  }

  /** Return what may be looked for: what Python names, and the points of layers that say so. */
  places() {
    const layers = this.data.layers.filter((layer) => layer.find);
    return [...(this.data.places ?? []), ...layers.flatMap((layer) => layer.data.map((spot) => [spot.name, layer.find, spot.lon, spot.lat]))];
  }

  /** Offer a place; one with a box is an area, of which all is shown. */
  choice([name, word, lon, lat, box]) {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.append(span(name), span(word, "kind"));
    button.addEventListener("click", () => {
      this.root.querySelector(".search ul").hidden = true;
      this.root.querySelector(".search input").value = name;
      this.pin ??= new this.gl.Marker({ color: "#d55e00" });
      if (box) {
        this.pin.remove();
        this.map.fitBounds(box, { padding: 40, animate: !reducedMotion() });
        return;
      }
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
      this.tool("home", () => this.map.fitBounds(this.home, { animate: !reducedMotion() })),
    );
  }

  tool(name, does) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.words[name];
    button.addEventListener("click", does);
    return button;
  }

  // ---- the same without a picture: what lies in the view, by name --------------------------------------------------

  /** List what can be picked within the view, for keys and for those who do not see the map. */
  list() {
    const panel = this.root.querySelector(".list");
    const shown = this.data.layers.filter((layer) => layer.pick && layer.kind !== "areas");
    panel.hidden = !this.data.layers.some((layer) => layer.pick);
    panel.querySelector("summary").textContent = this.words.list;
    panel.ontoggle = () => this.list();
    if (!panel.open) return;
    const bounds = this.map.getBounds();
    const areas = this.data.layers.filter((layer) => layer.pick && layer.kind === "areas");
    const found = [
      ...shown.flatMap((layer) => layer.data.filter((spot) => bounds.contains([spot.lon, spot.lat])).map((spot) => [layer, spot])),
      ...areas.flatMap((layer) => layer.data.map((area) => [layer, area.properties])),
    ].filter(([layer, spot]) => !this.hidden.has(layer.group ?? layer.name) && !this.hidden.has(`${layer.name}/${spot.kind}`));
    const rows = found.slice(0, MOST_LISTED).map(([layer, spot]) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.append(span(spot.name ?? ""), span(spot.word ?? "", "kind"));
      button.addEventListener("click", () => this.component.setTriggerValue("picked", { layer: layer.name, id: String(spot.id) }));
      row.append(button);
      return row;
    });
    if (found.length > MOST_LISTED) {
      const rest = document.createElement("li");
      rest.textContent = this.words.list_rest;
      rows.push(rest);
    }
    panel.querySelector("ul").replaceChildren(...rows);
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

