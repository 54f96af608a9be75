// Quotations that open their source. Everything from outside is set as text, never as markup.
export default function ({ parentElement, data, setTriggerValue }) {
  let root = parentElement.querySelector(".quotes");
  if (!root) {
    root = document.createElement("div");
    root.className = "quotes";
    parentElement.append(root);
  }
  root.replaceChildren(...data.quotes.map(figure));

  function figure(item, place) {
    const whole = document.createElement("figure");
    const quote = document.createElement("blockquote");
    quote.textContent = item.quote;
    const caption = document.createElement("figcaption");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = item.title;
    button.setAttribute("aria-label", `${data.open}: ${item.title}`);
    button.onclick = () => setTriggerValue("opened", place);
    caption.append(button);
    caption.append(item.day);
    whole.append(quote, caption);
    if (item.note) {
      const note = document.createElement("p");
      note.className = "note";
      note.textContent = item.note;
      whole.append(note);
    }
    return whole;
  }
}
