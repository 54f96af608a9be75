// Brings a new question to the top and keeps it there while its answer grows, until the reader
// scrolls, clicks or types.
let followed = "";
let stop = () => {};

export default function ({ data }) {
  if (data.target === followed) return;
  followed = data.target;
  if (!followed) return; // answered: what was followed may still grow
  stop();
  const watched = document.querySelector(".stMainBlockContainer");
  if (!watched) return;
  const look = () => {
    const question = document.querySelector(`.st-key-${data.target}`);
    const top = question?.getBoundingClientRect().top ?? 0;
    const wellPlaced = top > 40 && top < window.innerHeight / 4; // leave it where it is read
    if (!wellPlaced) question?.scrollIntoView({ block: "start" });
  };
  const growth = new ResizeObserver(look);
  growth.observe(watched);
  const done = new AbortController();
  stop = () => {
    growth.disconnect();
    done.abort();
  };
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    window.addEventListener(kind, () => stop(), { signal: done.signal, passive: true });
  }
}
