// Reads the terms of use in headless Chromium as Windows 11 shows them: in a frame, with an access token in the first request
// alone. Where the frame is sent goes to standard output as one JSON object; whatever is wrong ends it with an error.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { terms, token, screenshots, chromiumPath } = JSON.parse(process.env.PORTCULLIS_BROWSER);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(screenshots, { recursive: true });

const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
const problems = [];

/** The first-run experience around the page; what becomes of the frame when its button is chosen. */
async function answer(host, name, button) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 640, height: 720 } });
  await context.exposeBinding("collect", (_, problem) => problems.push(problem));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => window.collect(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  let asked = 0;
  await page.route("**/EnrollmentServer/TermsOfUse**", async (route) => {
    const headers = { ...route.request().headers(), "cxh-host": host };
    if (asked++ === 0) headers.authorization = `Bearer ${token}`;
    return route.continue({ headers });
  });
  const navigations = [];
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", (event) => { if (event.redirectResponse) navigations.push(event.request.url); });
  await page.setContent(`<iframe title="Terms" src="${terms}" style="width:600px;height:680px"></iframe>`);
  const frame = page.frameLocator("iframe");
  await frame.getByRole("heading", { name: "Terms of use" }).waitFor();
  const inside = page.frames()[1];
  await inside.evaluate(axe);
  const found = await inside.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(found.violations.map((it) => it.id), [], name);
  await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
  await frame.getByRole("button", { name: button }).focus();
  await page.keyboard.press("Enter");
  for (let wait = 0; wait < 100 && navigations.length === 0; wait++) await new Promise((resolve) => setTimeout(resolve, 50));
  await context.close();
  return { navigations };
}

const accepted = await answer("FRX", "terms-frame-dark", "Accept");
const declined = await answer("MOSET", "terms-frame-light", "Decline");
await browser.close();
assert.deepEqual(problems, []);
console.log(JSON.stringify({ accepted, declined }));
