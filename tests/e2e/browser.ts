import { type Browser, chromium, type Page } from "playwright-core";
import { requireProgram } from "./server.ts";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** Runs `body` with a page of Debian's Chromium, which fails the test when its console has an error. */
export async function withPage(
  body: (page: Page, browser: Browser) => Promise<void>,
): Promise<void> {
  await requireProgram("chromium");
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGS });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await body(page, browser);
    if (errors.length > 0) throw new Error(`errors in the page:\n${errors.join("\n")}`);
  } finally {
    await browser.close();
  }
}
