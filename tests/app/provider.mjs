// An OpenID provider for tests: certified software, one client, people whose claims their login tells.
import { pathToFileURL } from "node:url";

const [folder, port, redirect, secret] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`));

// "clerk-110108" has both claims, "clerk-" no unit, "-110108" no role.
const claims = (sub) => {
  const [role, unit] = sub.split("-");
  return { sub, name: `Person ${sub}`, ...(role && { groups: [role] }), ...(unit && { district: unit }) };
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "ipps-geo", client_secret: secret, redirect_uris: [redirect] }],
  claims: { openid: ["sub"], profile: ["name", "groups", "district"] },
  conformIdTokenClaims: false,
  cookies: { keys: [secret] },
  findAccount: (_, id) => ({ accountId: id, claims: () => claims(id) }),
  features: { devInteractions: { enabled: true } },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
