// An OpenID Connect provider over HTTPS, for the tests: oidc-provider with a plain form to sign in at.
//
// Says its address in a line of JSON, then takes a line of JSON with the clients that it serves (and how it is to
// misbehave), and says that it does. It ends when its input ends.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const { certificate, key } = JSON.parse(process.env.PORTCULLIS_PEER);
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
console.info = console.log = console.error;

const people = {
  ana: { email: "ana@contoso.example", email_verified: true, given_name: "Ana", family_name: "Álvarez", groups: ["engineers", "all"] },
  eve: { email: "eve@contoso.example", email_verified: false, groups: ["all"] },
  max: { given_name: "Max" },
};
// What makes a key writes it out, too: Node.js 20 waits for itself for ever where it collects the maker of a key while that
// key is exported as JWK.
const jwk = (kid, kind, options) => ({ ...generateKeyPairSync(kind, { ...options, privateKeyEncoding: { format: "jwk" } }).privateKey, kid, use: "sig" });
const rsa = () => jwk("rsa", "rsa", { modulusLength: 2048 });
const open = ({ kty, kid, use, n, e }) => ({ kty, kid, use, n, e });
const signing = [rsa(), jwk("p256", "ec", { namedCurve: "P-256" })];

/** The body of a form. */
async function form(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return new URLSearchParams(Buffer.concat(pieces).toString());
}

/** What answers, as told. */
function serve(address, told) {
  const provider = new Provider(told.issuer ?? address, {
    clients: told.clients,
    jwks: { keys: signing },
    cookies: { keys: ["a key of the tests"] },
    scopes: ["openid", "email", "profile", "groups"],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["given_name", "family_name"], groups: ["groups"] },
    conformIdTokenClaims: !told.everythingInTheIdToken,
    clientAuthMethods: told.clientAuthMethods ?? ["client_secret_basic", "client_secret_post", "none"],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, accountId) => people[accountId] && {
      accountId,
      claims(use) {
        const { groups, ...person } = people[accountId];
        return { sub: accountId, ...person, ...(use === "id_token" && told.groupsAtUserinfo ? {} : { groups }) };
      },
    },
    // Whoever signs in agrees to everything.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope(oidc.params.scope);
      await grant.save();
      return grant;
    },
  });
  provider.on("server_error", (_, error) => console.error(error));
  const answer = provider.callback();
  return async (request, response) => {
    const { pathname } = new URL(request.url, address);
    if (told.otherKeys && pathname === "/jwks") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ keys: [open(rsa())] }));
    } else if (!pathname.startsWith("/interaction/")) {
      answer(request, response);
    } else if (request.method === "GET") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(`<!DOCTYPE html><html lang="en"><title>Contoso</title><h1>Contoso</h1><form method="post">
        <label>Name <input name="login" autofocus></label> <label>Password <input name="password" type="password"></label>
        <button name="button" value="in">Sign in</button> <button name="button" value="no">Cancel</button></form></html>`);
    } else {
      const filled = await form(request);
      const known = filled.get("button") !== "no" && people[filled.get("login")] && filled.get("password") === "correct horse";
      const result = known ? { login: { accountId: filled.get("login") } } : { error: "access_denied", error_description: "cancelled" };
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    }
  };
}

let handler = (_, response) => response.writeHead(503).end();
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  Promise.resolve(handler(request, response)).catch((error) => { console.error(error); response.destroy(); });
});
server.listen(0, "127.0.0.1", () => {
  const address = `https://localhost:${server.address().port}`;
  say({ address });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => { handler = serve(address, JSON.parse(line)); say({ ready: true }); });
  lines.on("close", () => process.exit(0));
});
