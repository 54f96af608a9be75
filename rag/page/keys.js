// Keys that work anywhere on the page: `/` and Ctrl+K (Cmd+K) lead to the question box, `?` lists
// all of them. Draws the button that lists them too.
let listening = false;
let words; // as this page says them

export default function ({ parentElement, data }) {
  words = data;
  if (!parentElement.querySelector("button")) {
    const button = make("button", words.title);
    button.type = "button";
    button.append(make("kbd", "?"));
    button.onclick = showKeys;
    parentElement.append(button);
  }
  if (listening) return;
  listening = true;
  document.addEventListener("keydown", heard, true);
}

function heard(event) {
  const alone = !event.ctrlKey && !event.metaKey && !event.altKey;
  const find = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  const typing = writes(event.composedPath()[0]);
  const open = document.querySelector("dialog.quoth-keys[open]");
  if (open) {
    if (event.key !== "Escape" && !(event.key === "?" && alone)) return;
    stop(event); // the source beside stays open
    open.close();
  } else if (event.key === "?" && alone && !typing && !document.querySelector("[data-testid='stDialog']")) {
    stop(event);
    showKeys();
  } else if (find || (event.key === "/" && alone && !typing)) {
    const box = document.querySelector('[data-testid="stChatInputTextArea"]');
    if (!box) return;
    stop(event);
    box.focus();
  }
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function writes(element) {
  return element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);
}

// A dialog of the browser's own: it holds the focus, and gives it back when it closes.
function showKeys() {
  const dialog = make("dialog");
  dialog.className = "quoth-keys";
  dialog.setAttribute("aria-labelledby", "quoth-keys-title");
  const title = make("h2", words.title);
  title.id = "quoth-keys-title";
  const list = make("dl");
  for (const [keys, does] of words.keys) {
    const term = make("dt");
    term.append(...keys.map((key) => make("kbd", key)));
    list.append(term, make("dd", does));
  }
  const close = make("button", words.close);
  close.type = "button";
  close.onclick = () => dialog.close();
  dialog.onclick = (event) => event.target === dialog && dialog.close(); // beside it
  dialog.onclose = () => dialog.remove();
  dialog.append(title, list, close);
  const look = getComputedStyle(document.querySelector(".stApp"));
  for (const name of ["color", "backgroundColor", "fontFamily"]) dialog.style[name] = look[name];
  document.body.append(dialog);
  dialog.showModal();
}

function make(tag, text = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
