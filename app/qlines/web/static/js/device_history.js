// The card "History": chooses range and keys, fetches the chart's data, and lets it grow live.
import { call } from "./api.js";
import { createChart } from "./chart1.js";
import { extended } from "./chart_data.js";
import { MOST_KEYS, RANGES, fromAddress, toAddress } from "./chart_state.js";
import { byId, make } from "./dom.js";
import { nowMs, zone } from "./time.js";

const SHOWN_AT_FIRST = 3;

export function deviceHistory(deviceId) {
  const node = byId("chart");
  const text = byId("chart-text");
  const chart = createChart(node);
  let state = fromAddress();
  let available = [];
  let series = {};
  const drawable = new Set();
  let running = null;

  // Until somebody chooses: the first that a line can show.
  const keys = () => state.keys ?? available.filter((key) => drawable.has(key)).slice(0, SHOWN_AT_FIRST);
  const range = () => ({ to: nowMs(), from: nowMs() - RANGES[state.range] });
  // A point for every other pixel: more cannot be told apart.
  const points = () => Math.max(50, Math.min(1000, Math.round(node.clientWidth / 2)));
  const bucketMs = () => RANGES[state.range] / points();

  function draw() {
    const { from, to } = range();
    chart.show(series, keys(), from, to, bucketMs());
    const count = keys().reduce((sum, key) => sum + (series[key]?.length ?? 0), 0);
    if (!keys().length) text.textContent = available.length ? "Choose a key." : "No values yet.";
    else if (!count) text.textContent = "No values in this range. Choose a longer one.";
    else text.textContent = `Averages of ${Math.max(1, Math.round(bucketMs() / 1000))} s. Times are in ${zone}.`;
  }

  async function load() {
    running?.abort();
    running = new AbortController();
    const { from, to } = range();
    const wanted = keys();
    if (!wanted.length) {
      series = {};
      return draw();
    }
    const query = new URLSearchParams({ from: Math.round(from), to: Math.round(to), points: points(), agg: "avg" });
    try {
      // One request for each key: a key may hold the comma that separates them in a list of keys.
      const parts = await Promise.all(wanted.map((key) => keySeries(deviceId, key, query, running.signal)));
      series = Object.fromEntries(wanted.map((key, i) => [key, parts[i]]));
      draw();
    } catch (error) {
      if (error.name === "AbortError") return;
      text.textContent = error.message;
      throw error;
    }
  }

  function change(part) {
    state = { ...state, ...part };
    toAddress(state);
    showChoices();
    load().catch(() => {}); // load() has shown it
  }

  function toggle(key) {
    const chosen = keys().includes(key) ? keys().filter((one) => one !== key) : [...keys(), key];
    change({ keys: chosen.slice(-MOST_KEYS) });
  }

  function showChoices() {
    for (const button of byId("ranges").children) {
      const isChosen = button.dataset.range === state.range;
      button.classList.toggle("active", isChosen);
      button.setAttribute("aria-pressed", String(isChosen));
    }
    for (const box of byId("keys").querySelectorAll("input")) box.checked = keys().includes(box.value);
  }

  function offer(found) {
    if (found.join("\n") === available.join("\n")) return;
    available = found;
    const boxes = found.map((key) => make("label", { class: "form-check form-check-inline" },
      make("input", { class: "form-check-input", type: "checkbox", value: key, on: { change: () => toggle(key) } }),
      make("span", { class: "form-check-label qlines-break" }, key)));
    byId("keys").replaceChildren(byId("keys").querySelector("legend"), ...boxes);
    showChoices();
  }

  for (const button of byId("ranges").children) button.addEventListener("click", () => change({ range: button.dataset.range }));
  showChoices();
  setInterval(() => document.hidden || chart.slide(range().from, range().to), 1000);

  return {
    /** Fetch the keys and the chart anew. */
    async refresh() {
      try {
        offer((await call(`/api/devices/${deviceId}/keys`)).sort());
      } catch (error) {
        text.textContent = error.message;
        throw error;
      }
      return load();
    },
    /** Learn from the newest values which keys a line can show. */
    learn(values) {
      for (const [key, { value }] of Object.entries(values)) if (typeof value === "number") drawable.add(key);
    },
    /** Let the chart grow by pushed readings; the next fetch makes averages of them. */
    grow(values) {
      offer([...new Set([...available, ...Object.keys(values)])].sort());
      const mine = keys().filter((key) => values[key]);
      for (const key of mine) series[key] = extended(series[key] ?? [], values[key], range().from);
      if (mine.length) draw();
    },
    shown: () => ({ keys: keys(), ...range() }),
  };
}

async function keySeries(deviceId, key, query, signal) {
  const address = new URLSearchParams(query);
  address.set("keys", key);
  const found = await call(`/api/devices/${deviceId}/readings?${address}`, { signal });
  return found[key] ?? [];
}
