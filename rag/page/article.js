const ELEMENTS = { quote: "mark", heading: "strong", place: "small" };

// One article, scrolled to its highlighted sentence. The text is set as text, never as markup.
export default function ({ parentElement, data }) {
  let root = parentElement.querySelector(".article");
  if (!root) {
    root = document.createElement("div");
    root.className = "article";
    root.tabIndex = 0; // so that the keyboard can scroll it
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "Source article");
    parentElement.append(root);
  }
  if (root.dataset.opened === data.opened) return; // drawn anew, but nothing else was opened
  root.dataset.opened = data.opened;
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
    const seen = (mark ?? root).getBoundingClientRect();
    if (seen.top < 0 || seen.bottom > window.innerHeight - 96) {
      root.scrollIntoView({ block: "center" }); // below the chat, on a narrow screen
    }
    if (performance.now() < until) setTimeout(look, 100);
    else done.abort();
  };
  requestAnimationFrame(look);
}
