// Reads a DMN file with dmn-moddle and works it out with feelin, table by table: UNIQUE, one hit or none.
// Standard input: {"xml": …, "profiles": {decision: [answers]}, "wanted": decision, "intakes": [answers]}.
// Standard output: {"warnings": […], "profiles": {decision: [value]}, "intakes": [value]}; null is no hit.
import { readFileSync } from 'node:fs';
import { DmnModdle } from 'dmn-moddle';
import { evaluate, unaryTest } from 'feelin';

const { xml, profiles, wanted, intakes } = JSON.parse(readFileSync(0, 'utf8'));
const { rootElement, warnings } = await new DmnModdle().fromXML(xml);
const decisions = rootElement.drgElement.filter((element) => element.$type === 'dmn:Decision');
const byId = new Map(decisions.map((decision) => [decision.id, decision]));

function value(result) {
  return result !== null && typeof result === 'object' && 'value' in result ? result.value : result;
}

function hits(table, context) {
  const read = table.input.map((input) => value(evaluate(input.inputExpression.text, context)));
  return table.rule.filter((rule) =>
    rule.inputEntry.every((entry, index) => value(unaryTest(entry.text, { ...context, '?': read[index] })) === true),
  );
}

function decide(decision, context) {
  const found = hits(decision.decisionLogic, context);
  if (found.length > 1) {
    throw new Error(`${decision.name}: ${found.map((rule) => rule.id)} hit together on ${JSON.stringify(context)}`);
  }
  return found.length ? value(evaluate(found[0].outputEntry[0].text, context)) : null;
}

function decideChain(wanted, answers) {
  const context = { ...answers };
  function visit(decision) {
    if (decision.variable.name in context) return;
    for (const requirement of decision.informationRequirement ?? []) {
      const required = requirement.requiredDecision && byId.get(requirement.requiredDecision.href.slice(1));
      if (required) visit(required);
    }
    context[decision.variable.name] = decide(decision, context);
  }
  visit(wanted);
  return context[wanted.variable.name];
}

const byName = new Map(decisions.map((decision) => [decision.name, decision]));
const result = {
  warnings: warnings.map((warning) => warning.message),
  profiles: Object.fromEntries(
    Object.entries(profiles).map(([name, asked]) => [name, asked.map((answers) => decide(byName.get(name), answers))]),
  ),
  intakes: intakes.map((answers) => decideChain(byName.get(wanted), answers)),
};
process.stdout.write(JSON.stringify(result));
