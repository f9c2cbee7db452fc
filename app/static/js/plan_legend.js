// On a phone the legend stands behind its word.

export default function planLegend(details) {
  if (matchMedia("(max-width: 760px)").matches) details.open = false;
}
