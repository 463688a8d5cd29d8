// Validates FHIR R4 resources against HL7's JSON Schema. Standard input: a list of resources; standard output: a list of
// lists of mistakes.
import { readFileSync } from 'node:fs';
import JSONSchemaValidator from '@asymmetrik/fhir-json-schema-validator';

const validator = new JSONSchemaValidator();
const resources = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(resources.map((resource) => validator.validate(resource, true) ?? [])));
