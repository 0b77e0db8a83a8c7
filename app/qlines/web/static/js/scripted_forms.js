// Forms that a script sends, those with data-scripted, are inert until then: a press before the page's own script is there
// would load the page again, with what was typed, secrets too, in its address. The last script of every page.
for (const form of document.querySelectorAll("form[data-scripted]")) {
  form.inert = false;
  if (document.activeElement === document.body) form.querySelector("[autofocus]")?.focus();
}
