// A button that copies a text, and says that it did.
export default function ({ parentElement, data }) {
  let button = parentElement.querySelector("button");
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.textContent = data.copy;
    button.setAttribute("aria-live", "polite");
    parentElement.append(button);
  }
  button.onclick = async () => {
    button.textContent = (await copy(data.text, parentElement)) ? data.copied : data.failed;
    setTimeout(() => (button.textContent = data.copy), 2000);
  };
}

async function copy(text, parent) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text, parent); // the clipboard is closed to pages without https
  }
}

function copyOldWay(text, parent) {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  parent.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
