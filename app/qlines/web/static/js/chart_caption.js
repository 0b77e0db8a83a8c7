// The sentence below the chart: what a point is, or why nothing is drawn and what to do.
import { lengthText } from "./chart_buckets.js";
import { byId, showText } from "./dom.js";
import { ago, zone } from "./time.js";

const plain = (text) => ({ text, action: "", label: "" });

/** Return the sentence and its button: the action "show-last" or "retry" and the label, or "" for none. */
function captionOf({ isLoading, error, chosen, isEmpty, bucketMs }) {
  if (isLoading) return plain("Loading…");
  if (error) return { text: error, action: "retry", label: "Try again" };
  if (!chosen.hasKeys) return plain("No values yet.");
  if (!chosen.keys().length) return plain("Choose a key.");
  if (!isEmpty) return plain(`1 point = ${lengthText(bucketMs)}: the mean, and a band from the lowest to the highest. Times are in ${zone}.`);
  const lastMs = chosen.lastMs();
  if (lastMs === null) return plain("No values in this range.");
  return { text: `No values in this range. Last value ${ago(lastMs)}.`, action: "show-last", label: "Show it" };
}

/** Show the sentence for what is chosen, a ChartSelection, and {key: [[ms, …], …]}. */
export function showCaption(facts) {
  const { chosen, series } = facts;
  const { from, to } = chosen.span();
  const isEmpty = !chosen.keys().some((key) => series[key]?.some(([ts]) => ts >= from && ts <= to));
  const { text, action, label } = captionOf({ ...facts, isEmpty });
  // A text that is the same must not be read out again.
  if (byId("chart-text").textContent !== text) byId("chart-text").textContent = text;
  showText(byId("chart-action"), label);
  byId("chart-action").dataset.action = action;
}
