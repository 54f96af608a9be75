// `/` and Ctrl+K (Cmd+K) lead to the question box from anywhere on the page.
let listening = false;

export default function () {
  if (listening) return;
  listening = true;
  document.addEventListener(
    "keydown",
    (event) => {
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
      const find = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      if (!find && (!slash || writes(event.composedPath()[0]))) return;
      const box = document.querySelector('[data-testid="stChatInputTextArea"]');
      if (!box) return;
      event.preventDefault();
      event.stopPropagation();
      box.focus();
    },
    true,
  );
}

function writes(element) {
  return element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);
}
