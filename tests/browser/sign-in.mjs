// Signs in by identity providers in headless Chromium, as a person in the enrollment window does: there is no address bar,
// only what the pages offer. What the done pages hold goes to standard output as one JSON object; whatever is wrong ends it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { page: start, alone, server, screenshots, chromiumPath } = JSON.parse(process.env.PORTCULLIS_BROWSER);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(screenshots, { recursive: true });

const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
const problems = [];

/** A window of a person who was never here. */
async function open(options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", ...options });
  context.setDefaultTimeout(20_000);
  await context.exposeBinding("collect", (_, problem) => problems.push(problem));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => window.collect(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    // Windows takes the last post; a browser elsewhere has nowhere to go with it.
    const submit = HTMLFormElement.prototype.submit;
    HTMLFormElement.prototype.submit = function () { if (this.id !== "done") submit.call(this); };
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    const { url } = message.location();
    // Nobody here has an icon, and what else the providers lack is their business.
    const ours = !url || (url.startsWith(server) && !url.endsWith("/favicon.ico"));
    if (message.type() === "error" && ours) problems.push(`console: ${message.text()} ${url}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  return { context, page };
}

/** Nobody is kept out (WCAG 2.2 A and AA). */
async function accessible(page, name) {
  await page.evaluate(axe);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), tags);
  const said = found.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(" ")}`);
  assert.deepEqual(said, [], name);
  await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
}

/** At the provider: who it is. */
async function logIn(page, name = "ana") {
  await page.waitForSelector("input[name=login]");
  assert.ok(!page.url().startsWith(server), page.url());
  await page.fill("input[name=login]", name);
  await page.fill("input[name=password]", "correct horse");
  await page.keyboard.press("Enter");
}

/** Back on our page: the question of the template, and what is handed to Windows. */
async function finish(page, asked = true) {
  if (asked) {
    await page.waitForSelector("select");
    await page.selectOption("select", "Sales");
    await page.click("button[type=submit]");
  }
  await page.waitForSelector("#done");
  assert.equal(await page.getAttribute("#done", "action"), "ms-app://windows.immersivecontrolpanel");
  return page.inputValue("#done [name=wresult]");
}

const told = {};

for (const colorScheme of ["light", "dark"]) {
  const { context, page } = await open({ colorScheme, viewport: { width: 480, height: 700 } });
  await page.goto(start);
  assert.equal(await page.locator("a.button").count(), 3);
  await accessible(page, `sign-in-ways-${colorScheme}`);
  await context.close();
}

for (const name of ["Contoso ID", "Fabrikam by redirect", "Fabrikam by form"]) {
  const { context, page } = await open();
  await page.goto(start);
  await page.getByRole("link", { name }).click();
  await logIn(page);
  told[name] = await finish(page);
  const kept = (await context.cookies(server)).filter((cookie) => cookie.name.startsWith("__Host-"));
  assert.deepEqual(kept, [], "the cookie is taken away");
  await context.close();
}

// Whoever changes their mind at the provider, or is not believed, gets in by what the page offers; in Spanish.
{
  const { context, page } = await open({ locale: "es-ES", viewport: { width: 480, height: 700 } });
  await page.goto(start);
  await page.getByRole("link", { name: "Contoso ID" }).click();
  await page.waitForSelector("button[value=no]");
  await page.click("button[value=no]");
  await page.waitForSelector("[role=alert]");
  assert.match(await page.textContent("[role=alert]"), /No se ha podido iniciar sesión/);
  assert.equal(await page.getAttribute("html", "lang"), "es");
  await accessible(page, "sign-in-failed");
  await page.getByRole("link", { name: "Contoso ID" }).click();
  await logIn(page, "eve");
  await page.waitForSelector("[role=alert]");
  // The provider knows Eve by now, and is told to ask again all the same.
  await page.getByRole("link", { name: "Contoso ID" }).click();
  await logIn(page);
  told.again = await finish(page);
  await context.close();
}

// Whoever's cookie is gone is told to begin again.
{
  const { context, page } = await open();
  await page.goto(start);
  await page.getByRole("link", { name: "Fabrikam by form" }).click();
  await page.waitForSelector("input[name=login]");
  await context.clearCookies();
  await logIn(page);
  await page.waitForSelector("[role=alert]");
  assert.match(await page.textContent("[role=alert]"), /Start again/);
  // The status of that page is no accident.
  problems.splice(0, problems.length, ...problems.filter((problem) => !problem.includes("status of 403")));
  await accessible(page, "sign-in-lost");
  await context.close();
}

// With one way and no code there is nothing to choose.
{
  const { context, page } = await open();
  await page.goto(alone);
  await logIn(page);
  told.alone = await finish(page, false);
  await context.close();
}

await browser.close();
assert.deepEqual(problems, []);
console.log(JSON.stringify(told));
