// The JSON Schema of a configuration file, for editors: made from the one schema, kept in configs/config.schema.json.
import { z } from 'zod'
import { configSchema } from './schema.ts'

/** The schema as a value, ready for JSON.stringify. */
export function jsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema: part }) => {
      // What an end must have may stand under `defaults`, where JSON Schema cannot look: only a name is the pair's own.
      if (part.properties && 'password' in part.properties) delete part.required
      if (part.properties && 'name' in part.properties) part.required = ['name']
    },
  })
  return { title: 'mailhaul configuration', ...schema, properties: withList(schema.properties) }
}

/** In place of the pairs a list of them can be named: it is read before the schema sees it (load.ts). */
function withList(properties: z.core.JSONSchema.BaseSchema['properties'] = {}) {
  const { pairs } = properties
  if (pairs === undefined || typeof pairs === 'boolean') return properties
  const csv = { type: 'string', description: 'Path of a list of accounts (CSV)' }
  const list = { type: 'object', properties: { csv }, required: ['csv'], additionalProperties: false }
  return { ...properties, pairs: { description: pairs.description, anyOf: [pairs, list] } }
}
