// Drives the pages in headless Chromium. What it finds out goes to standard output as one JSON object; whatever it finds
// wrong ends it with an error.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { server, key, invitation, code, templateCode, email, token, screenshots, chromiumPath } = JSON.parse(process.env.PORTCULLIS_BROWSER);
const appru = "ms-app://windows.immersivecontrolpanel";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(screenshots, { recursive: true });

const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
const problems = [];
const EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";

/** A window whose dialogs, policy violations, script errors and foreign requests are collected. */
async function open(options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", userAgent: EDGE, ...options });
  await context.exposeBinding("collect", (_, problem) => problems.push(problem));
  const posts = [];
  await context.exposeBinding("post", (_, action, wresult) => posts.push({ action, wresult }));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      if (event.violatedDirective.startsWith("form-action")) return; // the window takes the post, no browser does
      window.collect(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
    window.pwned = (how) => window.collect(`script: ${how}`);
    const submit = HTMLFormElement.prototype.submit;
    HTMLFormElement.prototype.submit = function () {
      window.post(this.getAttribute("action"), new FormData(this).get("wresult"));
      // Windows takes the post; a browser elsewhere has nowhere to go with it.
      if (!window.name.includes("stay")) submit.call(this);
    };
  });
  const page = await context.newPage();
  page.on("dialog", (dialog) => { problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(server) && !request.url().startsWith("ms-")) problems.push(`request: ${request.url()}`);
  });
  const navigations = [];
  const session = await context.newCDPSession(page);
  await session.send("Page.enable");
  session.on("Page.frameRequestedNavigation", (event) => navigations.push(event.url));
  return { context, page, navigations, posts };
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

async function eventually(what, holds) {
  for (let wait = 0; wait < 100; wait++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`waited for ${what}`);
}

const auth = (query) => `${server}/EnrollmentServer/Auth?${new URLSearchParams(query)}`;

// The invitation, light and dark, in both languages, on Windows and elsewhere: the button leads to the deep link.
for (const [name, options] of [
  ["invitation", { colorScheme: "light" }],
  ["invitation-dark", { colorScheme: "dark" }],
  ["invitation-es", { locale: "es-ES" }],
  ["invitation-phone", { userAgent: "Mozilla/5.0 (Linux; Android 16) Mobile", viewport: { width: 360, height: 700 } }],
]) {
  const { context, page, navigations } = await open(options);
  const answer = await page.goto(invitation);
  assert.ok((await answer.body()).length < 100_000);
  await accessible(page, name);
  assert.equal(await page.locator("#code").inputValue(), code);
  assert.match(await page.locator("time").textContent(), /20\d\d/);
  if (name === "invitation-phone") {
    assert.equal(await page.locator("#deeplink").count(), 0);
    assert.equal(await page.locator(".qr svg").count(), 1);
  } else {
    // With the keyboard alone.
    for (let press = 0; press < 10; press++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement.id === "deeplink")) break;
    }
    await page.keyboard.press("Enter");
    await eventually("the deep link", () => navigations.some((url) => url.startsWith("ms-device-enrollment:?mode=mdm&username=")));
    const link = new URL(navigations.find((url) => url.startsWith("ms-device-enrollment:")));
    assert.equal(link.searchParams.get("accesstoken"), token);
    assert.equal(link.searchParams.get("servername"), `${server}/EnrollmentServer/Discovery.svc`);
  }
  await context.close();
}

// Without script the invitation says the same.
{
  const { context, page } = await open({ javaScriptEnabled: false });
  await page.goto(invitation);
  assert.equal(await page.locator("#code").inputValue(), code);
  assert.equal(await page.locator("[data-copy]:visible").count(), 0);
  await context.close();
}

// The enrollment window, with the keyboard alone: code, questions, terms, and what is handed to Windows.
async function signIn(stays) {
  const { context, page, navigations, posts } = await open({ extraHTTPHeaders: { "CXH-HOST": stays ? "FRX" : "MOSET" } });
  const shot = (name) => accessible(page, stays ? name : `${name}-light`);
  if (stays) await page.addInitScript(() => { window.name = "stay"; });
  await page.goto(auth({ appru, login_hint: email }));
  await shot("sign-in");
  await page.keyboard.type("AAAA-AAAA-AAAA");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[role=alert]");
  await shot("sign-in-refused");
  await page.keyboard.type(templateCode);
  await page.keyboard.press("Enter");
  await page.waitForSelector("select");
  await shot("questions");
  const focus = () => page.evaluate(() => document.activeElement.name || document.activeElement.type);
  const tabTo = async (name) => {
    for (let press = 0; press < 12; press++) {
      if ((await focus()) === name) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`no way to ${name}`);
  };
  await tabTo("field.department");
  await page.keyboard.type("Sales");
  await tabTo("field.room");
  await page.keyboard.type("12 <b>");
  await tabTo("accepted");
  await page.keyboard.press("Space");
  await tabTo("submit");
  await page.keyboard.press("Enter");
  await eventually("the result", () => posts.length === 1);
  if (stays) await shot("signed-in");
  else await eventually("the post to Windows", () => navigations.includes(appru));
  await context.close();
  assert.equal(posts[0].action, appru);
  return posts[0].wresult;
}
await signIn(true);
const wresult = await signIn(false);

// Sixty texts that would like to be markup.
const marks = [
  `"><script>pwned(1)</script>`, `'><img src=x onerror=pwned(2)>`, `</title><svg onload=pwned(3)>`, `javascript:pwned(4)`,
  `"><iframe srcdoc="<script>parent.pwned(5)</script>">`, `\`-pwned(6)-\``, `\${pwned(7)}`, `{{constructor.constructor('pwned(8)')()}}`,
  `"autofocus onfocus=pwned(9) x="`, `<details open ontoggle=pwned(10)>`, `</style><style>@import 'https://evil.example/'</style>`,
  `<base href="https://evil.example/">`, `<meta http-equiv=refresh content="0;url=javascript:pwned(11)">`, `--><script>pwned(12)</script>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=pwned(13)>`, `&lt;script&gt;pwned(14)&lt;/script&gt;`,
  `%22%3E%3Cscript%3Epwned(15)%3C/script%3E`, `\u2028pwned(16)`, `<link rel=stylesheet href="https://evil.example/">`, `"formaction="javascript:pwned(17)`,
];
let tried = 0;
{
  const { context, page } = await open();
  for (const mark of marks) {
    for (const query of [{ appru: `ms-app://x${mark}` }, { appru, login_hint: mark }]) {
      const answer = await page.goto(auth(query));
      assert.equal(answer.status(), query.login_hint ? 200 : 400);
      if (query.login_hint) assert.equal(await page.locator("#email").inputValue(), mark);
      assert.equal(await page.locator("form").count(), query.login_hint ? 1 : 0);
      tried++;
    }
    const name = mark.slice(0, 64);
    const changed = await context.request.put(`${server}/v1/organizations/default/branding`, {
      headers: { authorization: `Bearer ${key}` },
      data: { name },
    });
    assert.equal(changed.status(), 200, await changed.text());
    await page.goto(auth({ appru }));
    assert.equal(await page.locator("header p").textContent(), name);
    await page.goto(invitation);
    assert.ok((await page.locator("main").textContent()).includes(name));
    tried++;
  }
  await context.close();
}
await browser.close();
assert.deepEqual(problems, []);
console.log(JSON.stringify({ wresult, tried, problems: problems.length }));
