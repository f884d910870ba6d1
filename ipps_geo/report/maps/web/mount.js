// How Streamlit puts the map on a page of the app: once, and given what it draws with every run.

const maps = new WeakMap();
const letters = new TextDecoder();

/** A map of a page, and the lines that it was given last. */
class Mounted {
  constructor(root) {
    this.desk = new Desk(root);
    this.lines = new Map();
  }

  /** Read lines of JSON: what this map alone is given, what all are, then a layer each. One met before is read no second time. */
  read(bytes) {
    const lines = letters.decode(bytes).split("\n");
    this.lines = new Map(lines.map((line) => [line, this.lines.get(line) ?? JSON.parse(line)]));
    const [own, shared, ...layers] = lines.map((line) => this.lines.get(line));
    for (const layer of layers) layer.pick = own.picks.includes(layer.name);
    return { ...own, ...shared, layers };
  }
}

export default function (component) {
  const { parentElement, data } = component;
  let mounted = maps.get(parentElement);
  if (!mounted) {
    mounted = new Mounted(parentElement);
    maps.set(parentElement, mounted);
  }
  mounted.desk.take(component, mounted.read(data));
  return () => {
    mounted.desk.end();
    maps.delete(parentElement);
  };
}
