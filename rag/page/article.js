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
      const piece = document.createElement(kind === "quote" ? "mark" : "strong");
      piece.textContent = text;
      return piece;
    }),
  );
  const mark = root.querySelector("mark");
  requestAnimationFrame(() => {
    const above = mark ? mark.getBoundingClientRect().top - root.getBoundingClientRect().top : 0;
    root.scrollTop += mark ? above - root.clientHeight / 3 : -root.scrollTop;
    const seen = (mark ?? root).getBoundingClientRect();
    if (seen.top < 0 || seen.bottom > window.innerHeight - 96) {
      root.scrollIntoView({ block: "center" }); // below the chat, on a narrow screen
    }
  });
}
