const ELEMENTS = { quote: "mark", heading: "strong", place: "small" };

// One article, scrolled to its highlighted sentence. The text is set as text, never as markup.
export default function ({ parentElement, data }) {
  let root = parentElement.querySelector(".article");
  if (!root) {
    root = document.createElement("div");
    root.className = "article";
    root.tabIndex = 0; // so that the keyboard can scroll it
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", data.name);
    parentElement.append(root);
    keepClear();
  }
  if (root.dataset.opened === data.opened) return; // drawn anew, but nothing else was opened
  root.dataset.opened = data.opened;
  root.hidden = !data.pieces.length; // a drawn page stands in its place
  root.replaceChildren(
    ...data.pieces.map(([text, kind]) => {
      if (!kind) return document.createTextNode(text);
      const piece = document.createElement(ELEMENTS[kind]);
      if (kind === "place") piece.className = "place";
      piece.textContent = text;
      return piece;
    }),
  );
  keepInView(root, root.querySelector("mark"));
}

// What stands above may still grow just after the click, so look again for a moment, until the
// reader scrolls, clicks or types.
function keepInView(root, mark) {
  const done = new AbortController();
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    window.addEventListener(kind, () => done.abort(), { signal: done.signal, passive: true });
  }
  const until = performance.now() + 2000;
  const look = () => {
    if (done.signal.aborted || !root.isConnected) return;
    const above = mark ? mark.getBoundingClientRect().top - root.getBoundingClientRect().top : 0;
    root.scrollTop += mark ? above - root.clientHeight / 3 : -root.scrollTop;
    pane(root)?.scrollIntoView({ block: "nearest" }); // below the chat, on a narrow screen
    if (performance.now() < until) setTimeout(look, 100);
    else done.abort();
  };
  requestAnimationFrame(look);
}

// Everything of the open article: its title, its facts and its text.
function pane(root) {
  return root.getRootNode().host?.closest(".st-key-source, .st-key-beside");
}

// Tell the style how much room the question box takes at the foot of the window, as it grows.
let watched;
function keepClear() {
  const foot = document.querySelector('[data-testid="stBottomBlockContainer"]');
  const tell = () => {
    const height = foot?.isConnected ? foot.getBoundingClientRect().height : 0;
    document.documentElement.style.setProperty("--quoth-foot", `${height}px`);
  };
  tell();
  watched?.disconnect();
  if (!foot) return;
  watched = new ResizeObserver(tell);
  watched.observe(foot);
}
