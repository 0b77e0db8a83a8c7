// The linter of our own browser modules; what is vendored is not ours to judge.
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["qlines/web/static/vendor/**"] },
  js.configs.recommended,
  {
    files: ["qlines/web/static/js/**/*.js"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      // The vendored libraries come as classic scripts, each with one global name.
      globals: { ...globals.browser, Tabulator: "readonly", uPlot: "readonly", io: "readonly", tabler: "readonly" },
    },
    rules: {
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-lines": ["error", { max: 150 }],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "device names are user input: make nodes and set textContent" },
        { property: "outerHTML", message: "device names are user input: make nodes and set textContent" },
        { property: "insertAdjacentHTML", message: "device names are user input: make nodes and set textContent" },
        { property: "cssText", message: "the content security policy forbids it: set el.style.<name>" },
      ],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
