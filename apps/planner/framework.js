// Streamlit's own English, on the page and for screen readers, in the reader's language; the phrases come from the
// catalogue. React writes a text again when it changes it, and then it is put into words again.
(() => {
  // What a form holds changes the address of the page that is looked at: "back" leaves the page, whatever was chosen on it.
  if (!window.ippsPush) {
    window.ippsPush = history.pushState.bind(history);
    history.pushState = (state, title, url) => {
      const same = new URL(url, document.baseURI).pathname === location.pathname;
      (same ? history.replaceState.bind(history) : window.ippsPush)(state, title, url);
    };
  }
  const PHRASES = @PHRASES@, LANG = "@LANG@";
  // Data and our own sentences: there a word of Streamlit's is somebody's text. A dialog is always Streamlit's.
  const OTHERS = ["script, style, td, canvas", "[data-testid=stMarkdownContainer]:not([data-testid=stFileUploader] *, [data-testid=stTooltipContent] *, [data-testid=stDialog] *)"];
  const NAMES = ["aria-label", "title", "placeholder", "aria-description"];
  const escaped = text => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  const exact = new Map(), shapes = [];
  for (const [theirs, ours] of Object.entries(PHRASES)) {
    if (!theirs.includes("{")) { exact.set(theirs, ours); continue; }
    const names = [...theirs.matchAll(/\{(\w+)\}/g)].map(found => found[1]);
    const shape = new RegExp("^" + escaped(theirs).replace(/\{\w+\}/g, "(.+?)") + "$");
    shapes.push([shape, names, ours]);
  }
  const inWords = text => {
    const plain = text.trim();
    if (exact.has(plain)) return exact.get(plain);
    for (const [shape, names, ours] of shapes) {
      const found = plain.match(shape);
      if (found) return names.reduce((told, name, at) => told.replace("{" + name + "}", found[at + 1]), ours);
    }
    return null;
  };
  // What stood there in English is remembered, so that the reader can change the language.
  const before = window.ippsFramework?.before ?? {texts: new Map(), names: new Map()};
  window.ippsFramework?.observer.disconnect();
  const text = node => {
    const known = before.texts.get(node);
    const theirs = known && known.ours === node.data ? known.theirs : node.data;
    const ours = inWords(theirs);
    if (ours === null || OTHERS.some(place => node.parentElement?.closest(place))) return;
    before.texts.set(node, {theirs, ours});
    if (node.data !== ours) node.data = ours;
  };
  const names = element => {
    for (const name of NAMES) {
      const stands = element.getAttribute(name);
      if (!stands) continue;
      const known = before.names.get(element)?.[name];
      const theirs = known && known.ours === stands ? known.theirs : stands;
      const ours = inWords(theirs);
      if (ours === null) continue;
      before.names.set(element, {...before.names.get(element), [name]: {theirs, ours}});
      if (stands !== ours) element.setAttribute(name, ours);
    }
    // A section of the menu is a list of its own.
    if (element.tagName === "LI" && element.parentElement.tagName === "DIV") {
      element.parentElement.setAttribute("role", "list");
      element.closest("ul")?.setAttribute("role", "none");
    }
    // The name of a sign is no word.
    if (element.dataset?.testid === "stIconMaterial") element.setAttribute("aria-hidden", "true");
  };
  const everything = root => {
    if (root.nodeType === Node.TEXT_NODE) { text(root); return; }
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    names(root);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.nodeType === Node.TEXT_NODE) text(node); else names(node);
    }
  };
  const forget = kept => { for (const node of kept.keys()) if (!node.isConnected) kept.delete(node); };
  const observer = new MutationObserver(changes => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(everything);
      else if (change.type === "characterData") text(change.target);
      else names(change.target);
    }
    if (before.texts.size + before.names.size > 2000) { forget(before.texts); forget(before.names); }
  });
  window.ippsFramework = {before, observer};
  document.documentElement.lang = LANG;
  everything(document.body);
  observer.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: NAMES});
})();
