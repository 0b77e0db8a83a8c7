// Moves the chart's cursor by keyboard; a screen reader reads it as a slider.

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const LARGE_STEP = 10; // with Shift

/** Let the arrow keys, Home, End and Escape move the cursor of the chart in this element. */
export function wireCursor(node, chart) {
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return chart.hideCursor();
    const step = STEPS[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    tell(node, chart.moveCursor(event.shiftKey ? LARGE_STEP * step : step));
  });
  node.addEventListener("blur", () => chart.hideCursor());
}

function tell(node, position) {
  const { at, count, text } = position ?? { at: 0, count: 1, text: "No values" };
  node.setAttribute("aria-valuemax", count - 1);
  node.setAttribute("aria-valuenow", at);
  node.setAttribute("aria-valuetext", text);
}
