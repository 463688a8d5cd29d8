// Plays a clinical system with Medplum's own client: discovers CDS services, fills their prefetch from a FHIR server of a few
// lines, and calls them. Standard input: {url, context, responses, tokens}; standard output: what was asked and answered.
import { readFileSync } from 'node:fs';

// Medplum wants a later Node.js than Debian has; of what is newer there, only the name is looked at here.
globalThis.WebSocket ??= class WebSocket extends EventTarget {};
const { MedplumClient, buildCdsRequest } = await import('@medplum/core');

const { url, context, responses, tokens } = JSON.parse(readFileSync(0, 'utf8'));
const searches = [];

function search(address) {
  searches.push({ type: address.pathname.split('/').at(-1), query: Object.fromEntries(address.searchParams) });
  const asked = address.searchParams;
  const found = responses
    .filter(({ subject }) => subject.reference === `Patient/${asked.get('patient')}`)
    .filter(({ questionnaire }) => asked.get('questionnaire').split(',').includes(questionnaire.split('|')[0]))
    .sort((one, other) => (asked.get('_sort') === '-authored' ? other.authored.localeCompare(one.authored) : 0))
    .slice(0, Number(asked.get('_count')));
  const bundle = { resourceType: 'Bundle', type: 'searchset', entry: found.map((resource) => ({ resource })) };
  return new Response(JSON.stringify(bundle), { headers: { 'content-type': 'application/fhir+json' } });
}

async function send(address, options) {
  const target = new URL(address);
  return target.pathname.startsWith('/fhir/R4/') ? search(target) : fetch(address, options);
}

function sign(path) {
  return tokens ? { headers: { Authorization: `Bearer ${tokens[path]}` } } : {};
}

const client = new MedplumClient({ baseUrl: url, fetch: send, cacheTime: 0 });
const { services } = await client.getCdsServices(sign('/cds-services'));
const calls = [];
for (const service of services) {
  const user = { resourceType: 'Practitioner', id: 'example' };
  const request = await buildCdsRequest(client, user, service, context);
  const answer = await client.callCdsService(service.id, request, sign(`/cds-services/${service.id}`));
  calls.push({ service: service.id, request, answer });
}
process.stdout.write(JSON.stringify({ services, searches, calls }));
