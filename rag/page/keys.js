// Keys that work anywhere on the page: `/` and Ctrl+K (Cmd+K) lead to the question box, `?` lists
// all of them. Draws the button that lists them too.
const KEYS = [
  [["/"], "Go to the question box"],
  [["Ctrl", "K"], "The same, while typing too"],
  [["Enter"], "Ask"],
  [["Shift", "Enter"], "Begin a new line"],
  [["Tab"], "Go on to the next number, button or field"],
  [["Esc"], "Close the open article, or this list"],
  [["?"], "Show this list"],
];
let listening = false;

export default function ({ parentElement }) {
  if (!parentElement.querySelector("button")) {
    const button = make("button", "Keyboard shortcuts");
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
  const open = document.querySelector("dialog.quoth-keys");
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
  const title = make("h2", "Keyboard shortcuts");
  title.id = "quoth-keys-title";
  const list = make("dl");
  for (const [keys, does] of KEYS) {
    const term = make("dt");
    term.append(...keys.map((key) => make("kbd", key)));
    list.append(term, make("dd", does));
  }
  const close = make("button", "Close");
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
