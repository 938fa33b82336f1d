// A real OpenID Connect provider (npm oidc-provider) for tests, on loopback. Its accounts and the client stand in the
// JSON of the first argument. It says "ready" once it answers. Signing in takes the account's id and no password.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const given = JSON.parse(process.argv[2]);
const provider = new Provider(given.issuer, {
	clients: [
		{
			client_id: given.client_id,
			client_secret: given.client_secret,
			redirect_uris: [given.redirect_uri],
			token_endpoint_auth_method: "client_secret_post",
		},
	],
	claims: {
		openid: ["sub"],
		email: ["email", "email_verified"],
		profile: ["given_name", "family_name", "groups"],
	},
	// Our side reads nothing but the ID token.
	conformIdTokenClaims: false,
	pkce: { required: () => true },
	features: { devInteractions: { enabled: true } },
	findAccount: (_context, id) =>
		given.accounts[id] && {
			accountId: id,
			claims: () => ({ sub: id, email_verified: true, ...given.accounts[id] }),
		},
});
provider.on("server_error", (_context, error) => console.error(error));
createServer(provider.callback()).listen(given.port, "127.0.0.1", () =>
	console.log("ready"),
);
