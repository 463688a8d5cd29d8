// Judges HTML by html-validate. Standard input: {name: page}; standard output: a list of "name:line: rule: message".
import { readFileSync } from 'node:fs';
import { HtmlValidate } from 'html-validate';

// The one rule left out is taste: that a button says it submits.
const rules = { 'no-implicit-button-type': 'off' };
const judge = new HtmlValidate({ root: true, extends: ['html-validate:standard', 'html-validate:a11y'], rules });
const found = [];
for (const [name, page] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  const { results } = await judge.validateString(page);
  for (const { messages } of results) {
    for (const { line, ruleId, message } of messages) found.push(`${name}:${line}: ${ruleId}: ${message}`);
  }
}
process.stdout.write(JSON.stringify(found));
