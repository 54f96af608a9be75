// Claims with markers, streamed or whole. Everything from outside is set as text, never as markup.
export default function ({ parentElement, data, setTriggerValue }) {
  let root = parentElement.querySelector(".claims");
  if (!root) {
    root = document.createElement("div");
    root.className = "claims";
    root.setAttribute("aria-live", "polite");
    parentElement.append(root);
  }
  const focused = root.contains(root.getRootNode().activeElement)
    ? root.getRootNode().activeElement.dataset.place
    : null;
  root.replaceChildren(...data.claims.map(line));
  if (focused) root.querySelector(`[data-place="${focused}"]`)?.focus();

  function line(claim, row) {
    const paragraph = document.createElement("p");
    paragraph.append(claim.text);
    claim.marks.forEach((mark, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.place = `${row}-${column}`;
      button.textContent = String(mark.number);
      button.title = `“${mark.quote}”\n${mark.title}`;
      button.setAttribute("aria-label", `Open source ${mark.number}: ${mark.title}`);
      button.setAttribute("aria-pressed", String(mark.number === data.opened));
      button.onclick = () => setTriggerValue("opened", mark.number);
      paragraph.append("\u2060", button); // a word joiner keeps a marker with its sentence
    });
    return paragraph;
  }
}
