// A certified OpenID provider on loopback. Arguments: the port. Says "ready" when it listens.
// Its login page takes any name and password; clients are those below, and whoever registers.
// For a resource that a client names, it gives out a signed token for just that.
import { Provider } from "oidc-provider";

const port = Number(process.argv[2]);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "homewit",
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: ["http://127.0.0.1/callback"],
      grant_types: [
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
      ],
      response_types: ["code"],
    },
  ],
  cookies: { keys: ["only-for-tests"] },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => ({
        scope: "garden:read garden:write",
        audience: resource,
        accessTokenFormat: "jwt",
        accessTokenTTL: 600,
      }),
    },
    revocation: { enabled: true },
  },
  scopes: ["openid", "offline_access", "garden:read", "garden:write"],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: { AccessToken: 600, RefreshToken: 3600, DeviceCode: 600, Session: 3600, Grant: 3600, Interaction: 3600 },
});

// The library leaves out how often a device may ask, which then is every five seconds (RFC 8628, 3.2).
provider.use(async (context, next) => {
  await next();
  if (context.body?.device_code) context.body.interval = 0.1;
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
