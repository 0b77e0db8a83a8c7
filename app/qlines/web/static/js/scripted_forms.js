// Forms that a script sends, those with data-scripted, are inert until then: a press before the page's own script is there
// would load the page again, with what was typed, secrets too, in its address. One that is busy waits for what its script loads, which
// would replace what is typed before. The last script of every page.
for (const form of document.querySelectorAll("form[data-scripted]")) {
  form.inert = form.getAttribute("aria-busy") === "true";
  if (document.activeElement === document.body) form.querySelector("[autofocus]")?.focus();
}
