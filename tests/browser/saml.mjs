// A SAML identity provider over HTTPS, for the tests: samlp behind a plain form to sign in at. It takes requests by
// redirect and by form, and answers by a form to the address that the request names.
//
// Says its address in a line of JSON; takes lines of JSON that change how it signs. It ends when its input ends.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const samlp = createRequire(import.meta.url)("samlp");
const { certificate, key, signingCertificate, signingKey, entityId } = JSON.parse(process.env.PORTCULLIS_PEER);
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
console.info = console.log = console.error;
let told = {};
let address;

const people = { ana: { email: "ana@contoso.example", firstName: "Ana", groups: ["engineers", "all"] } };
const text = (value) => String(value ?? "").replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
const mapper = (user) => ({
  getClaims: () => user,
  getNameIdentifier: () => ({ nameIdentifier: user.email, nameIdentifierFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress" }),
});

async function form(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(pieces).toString()));
}

/** The form to sign in at; the request goes along. */
function ask(response, { SAMLRequest, RelayState }) {
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(`<!DOCTYPE html><html lang="en"><title>Contoso</title><h1>Contoso</h1><form method="post" action="/login">
    <input type="hidden" name="SAMLRequest" value="${text(SAMLRequest)}"><input type="hidden" name="RelayState" value="${text(RelayState)}">
    <label>Name <input name="login" autofocus></label> <label>Password <input name="password" type="password"></label>
    <button>Sign in</button></form></html>`);
}

/** The answer of samlp to a request, whoever it is. */
function answer(body, user, response) {
  const request = { method: "POST", query: {}, body };
  const failed = (error) => { console.error(error); response.writeHead(500).end(); };
  response.set = response.setHeader;
  response.send = (text) => response.end(typeof text === "number" ? undefined : text);
  samlp.parseRequest(request, (error, asked) => {
    if (error || !asked) return failed(error ?? "no request");
    if (!/^https:\/\/(localhost|127\.0\.0\.1):\d+\/sso\?idpid=C0$/.test(asked.destination)) return failed(`Destination is ${asked.destination}`);
    const consumer = asked.assertionConsumerServiceURL;
    const common = { issuer: entityId, cert: readFileSync(signingCertificate), key: readFileSync(signingKey), destination: consumer, ...told };
    if (!user) {
      const denied = { code: "urn:oasis:names:tc:SAML:2.0:status:Responder", description: "denied" };
      const options = { ...common, error: denied, inResponseTo: asked.id, RelayState: body.RelayState, getPostURL: (_, next) => next(null, consumer),
        signResponse: true, signatureAlgorithm: "rsa-sha256", digestAlgorithm: "sha256" };
      return samlp.sendError(options)(request, response, failed);
    }
    samlp.auth({ ...common, recipient: consumer, profileMapper: mapper, lifetimeInSeconds: 300, includeAttributeNameFormat: true,
      getUserFromRequest: () => user, getPostURL: (_audience, _dom, _request, next) => next(null, consumer) })(request, response, failed);
  });
}

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
  const url = new URL(request.url, address);
  const query = Object.fromEntries(url.searchParams);
  if (url.pathname === "/sso" && query.idpid === "C0") {
    if (request.method === "GET") return ask(response, query);
    // Real ones send people on to another of their hosts.
    const asked = await form(request);
    const { port } = server.address();
    return response.writeHead(303, { location: `https://127.0.0.1:${port}/ask?${new URLSearchParams(asked)}` }).end();
  }
  if (url.pathname === "/ask") return ask(response, query);
  if (url.pathname === "/login") {
    const filled = await form(request);
    return answer(filled, filled.password === "correct horse" && people[filled.login], response);
  }
  response.writeHead(404).end();
});
server.listen(0, "127.0.0.1", () => {
  address = `https://localhost:${server.address().port}`;
  say({ address });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => { told = JSON.parse(line); say({ ready: true }); });
  lines.on("close", () => process.exit(0));
});
