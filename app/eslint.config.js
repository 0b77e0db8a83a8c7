// The linter of our own browser modules; vendored libraries are not linted.
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["qlines/web/static/vendor/**"] },
  js.configs.recommended,
  {
    files: ["qlines/web/static/js/service_worker.js"],
    languageOptions: { globals: globals.serviceworker },
  },
  {
    files: ["qlines/web/static/js/**/*.js"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      // The vendored libraries are classic scripts, each with one global name.
      globals: { ...globals.browser, Tabulator: "readonly", uPlot: "readonly", io: "readonly", tabler: "readonly" },
    },
    rules: {
      complexity: ["error", { max: 8 }],
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-depth": ["error", { max: 3 }],
      "max-lines": ["error", { max: 150 }],
      "max-lines-per-function": ["error", { max: 20, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", { max: 5 }],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "device names are user input: create nodes and set textContent" },
        { property: "outerHTML", message: "device names are user input: create nodes and set textContent" },
        { property: "insertAdjacentHTML", message: "device names are user input: create nodes and set textContent" },
        { property: "cssText", message: "the content security policy blocks it: set el.style.<name>" },
      ],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
