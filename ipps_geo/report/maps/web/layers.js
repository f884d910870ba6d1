// What MapLibre draws of a layer as Python hands it over, the marks and swatches, and small things about places.
// Nothing here is HTML: names are drawn or set as text.

const EARTH_RADIUS_M = 6371008.8;
const SIDES = 64;
const RATIO = 2;
const WHOLE_ZOOM = 7; // one tile of this level holds a city, to 40 m: few tiles are few things to draw in each frame
const FONT = '"Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif';

// ---- layers --------------------------------------------------------------------------------------------------------

function partsOf(layer, theme, desk) {
  const makers = { areas, lines, hexagons, points, reaches, labels };
  return makers[layer.kind](layer, theme, desk);
}

function areas(layer, theme) {
  const fill = layer.fill === "ground" ? theme.ground : layer.fill;
  const parts = [];
  if (fill) parts.push({ type: "fill", paint: { "fill-color": fill, "fill-opacity": layer.opacity ?? 1, "fill-antialias": false } });
  const dash = layer.dash ? { "line-dasharray": layer.dash } : {};
  parts.push({ type: "line", paint: { "line-color": layer.line ?? theme.border, "line-width": layer.width ?? 1, ...dash } });
  return { collection: { type: "FeatureCollection", features: layer.data }, parts };
}

/** Return the corners of a cell: its first one and steps from corner to corner, in 1e-5 degrees. */
function unpacked(cell) {
  let [x, y] = [0, 0];
  const corners = [];
  for (let n = 1; n < cell.length; n += 2) {
    x += cell[n];
    y += cell[n + 1];
    corners.push([x, y]);
  }
  return areaOf(corners) < 0 ? corners.reverse() : corners;
}

/**
 * Hexagons in the colours of their classes. Neighbours of one class are drawn as one area: it looks the same, and a
 * machine without a graphics card has a fraction of the corners to move.
 */
function hexagons(layer, theme, desk) {
  // Two counts of the same cells share their rings: the second one names them by their place in the first.
  const rings = layer.cells && desk.data.layers.find((each) => each.name === layer.cells).data;
  const classes = layer.colours.map(() => []);
  for (const cell of layer.data) {
    const place = layer.limits.filter((limit) => cell[0] >= limit).length;
    classes[place].push(unpacked(rings ? rings[cell[1]] : cell));
  }
  const features = classes.flatMap((cells, n) =>
    merged(cells).map((area) => feature("Polygon", area.map(inDegrees), { colour: layer.colours[n], name: "" })),
  );
  return {
    collection: { type: "FeatureCollection", features },
    source: { maxzoom: WHOLE_ZOOM, tolerance: 0 },
    parts: [{ type: "fill", paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.75, "fill-antialias": false } }],
  };
}

function inDegrees(ring) {
  return [...ring, ring[0]].map(([x, y]) => [x / 1e5, y / 1e5]);
}

/** Return twice the area of a ring, negative where it runs clockwise. */
function areaOf(ring) {
  return ring.reduce((sum, [x, y], n) => {
    const [a, b] = ring[(n + 1) % ring.length];
    return sum + x * b - a * y;
  }, 0);
}

/** Return the areas that cells make together, each its outline and its holes; cells run against the clock. */
function merged(cells) {
  const sides = new Map();
  for (const corners of cells) {
    corners.forEach((from, n) => {
      const to = corners[(n + 1) % corners.length];
      // A side that two cells share lies within.
      if (!sides.delete(`${to}>${from}`)) sides.set(`${from}>${to}`, [from, to]);
    });
  }
  const onward = new Map();
  for (const [from, to] of sides.values()) onward.set(`${from}`, [...(onward.get(`${from}`) ?? []), to]);
  const outlines = [];
  const holes = [];
  for (const start of sides.values()) {
    const ring = [];
    let at = start[0];
    while (onward.get(`${at}`)?.length) {
      ring.push(at);
      at = onward.get(`${at}`).pop();
    }
    if (ring.length) (areaOf(ring) > 0 ? outlines : holes).push(ring);
  }
  outlines.sort((one, other) => areaOf(one) - areaOf(other));
  const areas = outlines.map((ring) => [ring]);
  for (const hole of holes) areas.find(([outline]) => within(hole, outline))?.push(hole);
  return areas;
}

/** Tell whether a ring lies within another, by the middle of its first side. */
function within(ring, outline) {
  const [x, y] = [(ring[0][0] + ring[1][0]) / 2, (ring[0][1] + ring[1][1]) / 2];
  let inside = false;
  outline.forEach(([a, b], n) => {
    const [c, d] = outline[(n + 1) % outline.length];
    if (b > y !== d > y && x < a + ((c - a) * (y - b)) / (d - b)) inside = !inside;
  });
  return inside;
}

/** Lines of a bureau's own, each a list of places. */
function lines(layer) {
  const features = layer.data.map((line) => feature("LineString", line));
  const paint = { "line-color": layer.line, "line-width": layer.width };
  return { collection: { type: "FeatureCollection", features }, parts: [{ type: "line", paint }] };
}

/** Points bear the mark of their kind, or that of their layer: the same shapes and colours as in print. */
function points(layer, theme, desk) {
  const features = layer.data.map((spot) => {
    const mark = layer.marks?.[spot.kind] ?? layer.mark;
    return feature("Point", [spot.lon, spot.lat], { ...spot, icon: desk.icon(JSON.stringify(mark), () => picture(mark)) });
  });
  const layout = { "icon-image": ["get", "icon"], "icon-allow-overlap": true, "icon-ignore-placement": true };
  return { collection: { type: "FeatureCollection", features }, parts: [{ type: "symbol", layout }] };
}

function reaches(layer) {
  const features = layer.data.map(([lon, lat]) => {
    const ring = Array.from({ length: SIDES + 1 }, (_, n) => offset(lon, lat, layer.radius_m, (2 * Math.PI * n) / SIDES));
    return feature("Polygon", [ring]);
  });
  return {
    collection: { type: "FeatureCollection", features },
    parts: [
      { type: "fill", paint: { "fill-color": layer.colour, "fill-opacity": 0.07, "fill-antialias": false } },
      { type: "line", paint: { "line-color": layer.colour, "line-opacity": 0.6, "line-width": 1 } },
    ],
  };
}

function labels(layer, theme, desk) {
  const style = { size: layer.size, colour: layer.colour ?? theme.text, halo: layer.colour ? null : theme.halo, bold: Boolean(layer.colour) };
  const features = layer.data.map((spot) =>
    feature("Point", [spot.lon, spot.lat], { icon: desk.icon(JSON.stringify([spot.text, style]), () => lettering(spot.text, style)) }),
  );
  const layout = { "icon-image": ["get", "icon"], "icon-allow-overlap": Boolean(layer.always), "icon-padding": 1 };
  return { collection: { type: "FeatureCollection", features }, parts: [{ type: "symbol", layout }] };
}

// ---- pictures ------------------------------------------------------------------------------------------------------

/** Return a text as a picture. */
function lettering(text, style) {
  const pen = document.createElement("canvas").getContext("2d");
  const font = `${style.bold ? "bold " : ""}${style.size * RATIO}px ${FONT}`;
  pen.font = font;
  const width = Math.ceil(pen.measureText(text).width) + 8 * RATIO;
  const height = Math.ceil(style.size * 1.5) * RATIO;
  pen.canvas.width = width;
  pen.canvas.height = height;
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  if (style.halo) {
    pen.strokeStyle = style.halo;
    pen.lineWidth = 3 * RATIO;
    pen.strokeText(text, width / 2, height / 2);
  }
  pen.fillStyle = style.colour;
  pen.fillText(text, width / 2, height / 2);
  return pen.getImageData(0, 0, width, height);
}

/** Return a mark as a picture. */
function picture(mark) {
  const pen = drawnMark(mark, RATIO);
  return pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height);
}

/** Draw a mark: its shape about the middle, `size` CSS pixels from there to its edge. */
function drawnMark({ shape, face, edge, size, width = 1.2 }, ratio) {
  const pen = document.createElement("canvas").getContext("2d");
  const side = Math.ceil(2 * (size * 1.3 + width)) * ratio;
  pen.canvas.width = side;
  pen.canvas.height = side;
  pen.translate(side / 2, side / 2);
  pen.scale(ratio, ratio);
  pen.lineJoin = "round";
  const open = shape === "cross";
  const path = new Path2D(SHAPES[shape](size));
  if (!open && face) {
    pen.fillStyle = face;
    pen.fill(path);
  }
  pen.strokeStyle = edge;
  pen.lineWidth = open ? Math.max(1.6, width) : width;
  pen.stroke(path);
  return pen;
}

const polygon = (corners) => `M${corners.map((corner) => corner.join(" ")).join("L")}Z`;
const SHAPES = {
  circle: (r) => `M${-r} 0A${r} ${r} 0 1 0 ${r} 0A${r} ${r} 0 1 0 ${-r} 0Z`,
  square: (r) => polygon([[-r, -r], [r, -r], [r, r], [-r, r]].map((corner) => corner.map((x) => 0.88 * x))),
  diamond: (r) => polygon([[0, -1.25 * r], [1.25 * r, 0], [0, 1.25 * r], [-1.25 * r, 0]]),
  triangle: (r) => polygon([[0, -1.15 * r], [1.1 * r, 0.85 * r], [-1.1 * r, 0.85 * r]]),
  pentagon: (r) => polygon([0, 1, 2, 3, 4].map((n) => [1.2 * r * Math.sin(n * 1.2566), -1.2 * r * Math.cos(n * 1.2566)])),
  cross: (r) => `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`,
  down: (r) => polygon([[0, 1.15 * r], [1.1 * r, -0.85 * r], [-1.1 * r, -0.85 * r]]),
  hexagon: (r) => polygon([0, 1, 2, 3, 4, 5].map((n) => [1.1 * r * Math.sin(n * 1.0472), -1.1 * r * Math.cos(n * 1.0472)])),
  star: (r) =>
    polygon(Array.from({ length: 10 }, (_, n) => [n % 2 ? 0.52 : 1.3, 0.62832 * n]).map(([far, turn]) => [far * r * Math.sin(turn), -far * r * Math.cos(turn)])),
  saltire: (r) => {
    const t = 0.5 * r;
    return polygon([[-r, -t], [-t, -r], [0, -t], [t, -r], [r, -t], [t, 0], [r, t], [t, r], [0, t], [-t, r], [-r, t], [-t, 0]]);
  },
  plus: (r) => {
    const t = 0.36 * r;
    return polygon([[-t, -r], [t, -r], [t, -t], [r, -t], [r, t], [t, t], [t, r], [-t, r], [-t, t], [-r, t], [-r, -t], [-t, -t]]);
  },
};

/** Return a style whose tiles lie below this page's own address, where they are given by this server. */
function here(style) {
  if (!style) return null;
  const made = structuredClone(style);
  for (const source of Object.values(made.sources)) {
    source.tiles = source.tiles?.map((tile) => (tile.startsWith("./") ? new URL(".", document.baseURI).href + tile.slice(2) : tile));
  }
  return made;
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

/** Return the sign of an entry of the legend: the very mark, a line, or a patch. */
function swatch({ mark, line, patch, dash }) {
  if (mark) {
    const { canvas } = drawnMark({ ...mark, size: Math.min(mark.size, 8) }, RATIO);
    canvas.style.width = `${canvas.width / RATIO}px`;
    return canvas;
  }
  const made = document.createElement("i");
  made.className = patch ? "patch" : "line";
  if (patch) made.style.background = patch;
  if (line) made.style.border = `1.5px ${dash ? "dashed" : "solid"} ${line}`;
  return made;
}

function signOf(entry) {
  return entry.mark || entry.line || entry.patch ? [swatch(entry)] : [];
}

/** Return a line about what has no place: how many, and unfolded which. */
function unplaced({ word, names }) {
  const row = document.createElement(names.length ? "details" : "div");
  const head = document.createElement(names.length ? "summary" : "span");
  head.textContent = word;
  row.append(head, ...(names.length ? [span(names.join("、"), "names")] : []));
  return row;
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

/** Tell whether a canvas is drawn by the processor alone, as far as the browser says it. */
function drawnByProcessor(gl) {
  const told = gl?.getExtension("WEBGL_debug_renderer_info");
  return Boolean(told) && /swiftshader|llvmpipe|softpipe|software|basic render/i.test(gl.getParameter(told.UNMASKED_RENDERER_WEBGL));
}

function reducedMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function round(degrees) {
  return Math.round(degrees * 1e5) / 1e5;
}
