// A certified OpenID provider on loopback: node provider.mjs PORT REDIRECT... ; whoever is named signs in, with any password.
import { Provider } from 'oidc-provider';
import { createServer } from 'node:http';
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

const [port, app, callback] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const people = { ada: { name: 'Ada Byron', email: 'ada@example.org', email_verified: true }, bob: { name: 'Bob <b>', email: 'ada@example.org' } };
const server = createServer();
let count = 0;
let keys = [await key()];

async function key() {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  count += 1;
  return { ...privateKey.export({ format: 'jwk' }), kid: `k${count}`, use: 'sig', alg: 'RS256' };
}

function build() {
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [{
      client_id: 'certmark', client_secret: 'secret-of-the-client', redirect_uris: [callback],
      post_logout_redirect_uris: [`${app}/signed-out`],
      backchannel_logout_uri: callback.replace('/callback', '/sign-out'), backchannel_logout_session_required: true,
      grant_types: ['authorization_code'], response_types: ['code'],
    }],
    pkce: { required: () => true },
    cookies: { keys: ['for the cookies of a test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    ttl: { AccessToken: 600, IdToken: 600, Session: 3600, Grant: 3600, Interaction: 600, AuthorizationCode: 60 },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true }, backchannelLogout: { enabled: true } },
    // It refuses to ask anybody on loopback otherwise, which is where this server is.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    findAccount: async (ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, ...people[sub] }) }),
  });
  const handle = provider.callback();
  server.removeAllListeners('request');
  server.on('request', async (request, response) => {
    if (request.method === 'POST' && request.url === '/_test/rotate') {
      keys = [await key()];
      build();
      return response.end('rotated');
    }
    return handle(request, response);
  });
}

build();
server.listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
