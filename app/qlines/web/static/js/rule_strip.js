// The strip of a dry run: the last days as a bar, with a mark for each alarm that there would have been.

const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 1000, HEIGHT = 24;
const MIN_MARK = 2; // of the width, so that a short alarm can be seen

function shape(tag, attributes) {
  const node = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** Return [{ x, width, severity }, …] of alarms [{ from, to, severity }, …] in a strip from one time to the other. */
export function marksOf(alarms, { from, to }) {
  const at = (ms) => (WIDTH * (Math.max(from, Math.min(to, ms)) - from)) / (to - from);
  return alarms.map((alarm) => {
    const x = Math.min(at(alarm.from), WIDTH - MIN_MARK);
    return { x, width: Math.max(MIN_MARK, at(alarm.to ?? to) - x), severity: alarm.severity };
  });
}

/** Return the strip as an image, which the words beside it describe. */
export function stripNode(alarms, span, label) {
  const image = shape("svg", { class: "qlines-strip", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label });
  image.append(shape("rect", { class: "qlines-strip-ground", x: 0, y: 0, width: WIDTH, height: HEIGHT }));
  for (const { x, width, severity } of marksOf(alarms, span)) {
    image.append(shape("rect", { class: `qlines-strip-${severity}`, x, y: 0, width, height: HEIGHT }));
  }
  return image;
}
