// Puts a button "Copy" behind texts that people take elsewhere.

/** Milliseconds for which the button says that it has copied. */
const SAID = 2000;

/** @param {HTMLElement} code whose text is copied; @param {string} what for those who do not see it */
export function offerCopy(code, what) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${what}`);
  button.addEventListener("click", async () => {
    button.textContent = await copy(code) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => button.textContent = "Copy", SAID);
  });
  const row = document.createElement("span");
  row.className = "copied";
  code.replaceWith(row);
  row.append(code, button);
}

/** Selects the text as well: without TLS a browser may leave it at that. */
async function copy(code) {
  getSelection().selectAllChildren(code);
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
