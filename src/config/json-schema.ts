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
  return { title: 'mailhaul configuration', ...schema }
}
