// A frame of our own pages is as tall as what it holds.

export default function wholeFrame(frame) {
  const fit = () => {
    const shown = frame.contentDocument;
    if (shown && shown.body) frame.style.height = `${shown.documentElement.scrollHeight + 2}px`;
  };
  frame.addEventListener("load", fit);
  window.addEventListener("resize", fit);
  fit();
}
