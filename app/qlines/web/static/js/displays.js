// How the keys of the device are shown: with the labels and units that its owner has set.

export class Displays {
  #byKey; // {key: {label, unit}}

  constructor(byKey) {
    this.#byKey = new Map(Object.entries(byKey));
  }

  /** Return the label of a key, the key itself when it has none. */
  label(key) {
    return this.#byKey.get(key)?.label || key;
  }

  /** Return the unit of a key, "" when it has none. */
  unit(key) {
    return this.#byKey.get(key)?.unit ?? "";
  }

  /** Return what the owner has typed as the label of a key. */
  ownLabel(key) {
    return this.#byKey.get(key)?.label ?? "";
  }

  /** Return { key, label, unit } of each key. */
  lines(keys) {
    return keys.map((key) => ({ key, label: this.label(key), unit: this.unit(key) }));
  }

  /** Return all of them, as the API takes them. */
  all() {
    return Object.fromEntries(this.#byKey);
  }

  /** Use these instead, as the API returns them. */
  replace(byKey) {
    this.#byKey = new Map(Object.entries(byKey));
  }
}
