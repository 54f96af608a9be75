// One answer, while it is being written and after: claims with markers, how sure it is, the
// sentences found, and what was left out. Everything from outside is set as text, never as markup,
// and what stands is not built again when more arrives.
export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".answer") ?? frame(parentElement);
  const part = (name) => root.querySelector(`.${name}`);
  renew(part("notes"), data.notes, (note) => make("p", "note", note));
  renew(part("remarks"), data.remarks, (remark) => make("p", "remark", remark));
  renew(part("claims"), data.claims, (claim, row) => paragraph(claim, row, root, setTriggerValue));
  part("claims").classList.toggle("listed", data.listed);
  part("claims").classList.toggle("coming", data.status !== "" && !data.claims.length);
  if (data.status) part("claims").classList.add("kept"); // space, so that nothing below moves
  for (const button of part("claims").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.number) === data.opened));
  }
  if (part("told").textContent !== data.status) part("told").textContent = data.status;
  part("stop").textContent = data.stop;
  part("stop").onclick = () => setTriggerValue("stopped", true);
  part("status").hidden = !data.status;
  renew(part("facts"), data.facts, fact);
  foldable(part("found"), data.found, data.unfolded, (item, place) =>
    figure(item, place, data.found.open, setTriggerValue),
  );
  root.querySelectorAll(".number").forEach((number, place) => {
    number.textContent = data.numbers[place] ?? ""; // known only when the claims are
  });
  foldable(part("left"), data.left, false, (item) => {
    const claim = make("div", "rejected", item.text);
    claim.append(make("small", "", item.why));
    return claim;
  });
}

function frame(parent) {
  const root = make("div", "answer");
  root.append(make("div", "notes"), make("div", "remarks"), make("div", "claims"), make("p", "status"));
  root.append(make("p", "facts"), make("details", "found"), make("details", "left"));
  root.querySelector(".claims").setAttribute("aria-live", "polite");
  root.querySelector(".status").append(make("span", "told"), make("button", "stop"));
  root.querySelector(".told").setAttribute("role", "status");
  root.querySelector(".stop").type = "button";
  parent.append(root);
  card(root);
  unfoldOnPaper(root.querySelector(".found"));
  return root;
}

function unfoldOnPaper(details) {
  let was = details.open;
  window.addEventListener("beforeprint", () => {
    was = details.open;
    details.open = true;
  });
  window.addEventListener("afterprint", () => (details.open = was));
}

function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = text;
  return element;
}

// Bring the children of `parent` to `items`; a child whose item is the same stays as it is.
function renew(parent, items, build) {
  items.forEach((item, place) => {
    const mark = JSON.stringify(item);
    const old = parent.children[place];
    if (old?.dataset.item === mark) return;
    const child = build(item, place);
    child.dataset.item = mark;
    if (old) old.replaceWith(child);
    else parent.append(child);
  });
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  parent.hidden = !items.length && !parent.classList.contains("claims");
}

function paragraph(claim, row, root, setTriggerValue) {
  const line = make("p", "", claim.text);
  claim.marks.forEach((mark) => {
    const button = make("button", mark.state ? "stale" : "", `${mark.number}`);
    if (mark.state) button.append(make("span", "", mark.state));
    button.type = "button";
    button.dataset.number = mark.number;
    button.setAttribute("aria-label", `${mark.name}: ${mark.title} ${mark.note}`.trim());
    button.onclick = () => setTriggerValue("cited", mark.number);
    button.onmouseenter = () => root.card.show(button, mark, 150);
    button.onmouseleave = () => root.card.hide(250);
    button.onfocus = () => button.matches(":focus-visible") && root.card.show(button, mark, 0);
    button.onblur = () => root.card.hide(0);
    line.append("\u2060", button); // a word joiner keeps a marker with its sentence
  });
  if (claim.from) line.append(make("small", "from", claim.from));
  return line;
}

function fact(item) {
  const piece = make("span", item.level ? `level ${item.level}` : "", item.text);
  if (item.level) {
    const dots = make("span", "dots", "●".repeat(item.dots) + "○".repeat(3 - item.dots));
    dots.setAttribute("aria-hidden", "true");
    piece.prepend(dots);
  }
  return piece;
}

function foldable(details, { title, items, first, more: all = "" }, unfolded, build) {
  const known = details.querySelector("summary");
  details.hidden = !items.length;
  if (!items.length) return;
  if (!known) {
    details.open = unfolded;
    details.append(make("summary"), make("div", "items"), make("button", "more"));
    details.querySelector(".more").type = "button";
    details.querySelector(".more").onclick = () => details.classList.add("all");
  }
  details.querySelector("summary").textContent = title;
  const list = details.querySelector(".items");
  renew(list, items, build);
  [...list.children].forEach((child, place) => child.classList.toggle("rest", place >= first));
  const more = details.querySelector(".more");
  more.hidden = items.length <= first;
  more.textContent = all;
}

function figure(item, place, words, setTriggerValue) {
  const whole = make("figure");
  const caption = make("figcaption");
  const button = make("button", "", item.title);
  button.type = "button";
  button.setAttribute("aria-label", `${words}: ${item.title}`);
  button.onclick = () => setTriggerValue("found", place);
  caption.append(make("span", "number"), button, item.day);
  whole.append(quotation(item), caption);
  if (item.note) whole.append(make("p", "note", item.note));
  return whole;
}

// A quote, the words in it that answer marked.
function quotation({ quote }) {
  const block = make("blockquote");
  quote.forEach((piece, place) => block.append(place === 1 ? make("mark", "", piece) : piece));
  return block;
}

// A card with the quote of the marker that is pointed at or focused; Escape closes it. It stands in
// the browser's top layer, so that nothing clips it.
function card(root) {
  const box = make("div", "card");
  box.popover = "manual";
  box.id = "card";
  box.setAttribute("role", "tooltip");
  root.append(box);
  let timer, owner;
  const close = () => {
    owner?.removeAttribute("aria-describedby");
    owner = undefined;
    if (box.matches(":popover-open")) box.hidePopover();
    window.removeEventListener("scroll", close, true);
    window.removeEventListener("keydown", escape, true);
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.stopImmediatePropagation(); // the source beside stays open
    close();
  };
  const later = (act, wait) => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
  root.card = {
    show: (button, mark, wait) =>
      later(() => {
        close();
        if (!button.isConnected) return;
        box.replaceChildren(make("strong", "", mark.title), make("small", "", mark.facts));
        if (mark.note) box.append(make("p", "note", mark.note));
        box.append(quotation(mark));
        owner = button;
        button.setAttribute("aria-describedby", box.id);
        box.showPopover();
        place(box, button.getBoundingClientRect());
        window.addEventListener("scroll", close, true);
        window.addEventListener("keydown", escape, true);
      }, wait),
    hide: (wait) => later(close, wait),
  };
  box.onmouseenter = () => clearTimeout(timer);
  box.onmouseleave = () => root.card.hide(150);
}

function place(box, at) {
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left - width / 3), window.innerWidth - width - 8);
  const below = at.bottom + 6;
  const top = below + height < window.innerHeight ? below : Math.max(8, at.top - height - 6);
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}
