/** A JSON schema (2020-12), as OpenAPI 3.1 has it. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** Descriptions are for the document; tests hold answers against the rest. */
type Described = (description?: string) => Schema;

const of = (schema: Schema): Described => (description) =>
  description === undefined ? schema : { ...schema, description };

export const aText: Described = of({ type: "string" });
export const aNumber: Described = of({ type: "number" });
export const aCount: Described = of({ type: "integer", minimum: 0 });
export const aFlag: Described = of({ type: "boolean" });
/** Milliseconds since the Unix epoch. */
export const aTime: Described = of({ type: "integer", minimum: 0 });
/** Any value of JSON. */
export const anything: Described = of({});

/** One word of several. */
export function aWord(words: readonly string[], description?: string): Schema {
  return of({ type: "string", enum: words })(description);
}

/** An object that has all of these members and no other. */
export function anObject(members: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "object",
    properties: members,
    required: Object.keys(members),
    additionalProperties: false,
  };
}

/** A schema that the document has once, under this name. */
export function named(title: string, schema: Schema): Schema {
  return { title, ...schema };
}

/** An object of any names, all of whose values are alike. */
export function aMap(values: Schema): Schema {
  return { type: "object", additionalProperties: values };
}

export function aList(items: Schema): Schema {
  return { type: "array", items };
}

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

/** A part of a long list. */
export function aPage(items: Schema): Schema {
  return anObject({
    items: aList(items),
    total: aCount("Of all pages."),
    page: aCount("From 0."),
    size: aCount("Items of a page."),
  });
}

/** What an act answers that has nothing more to say. */
export const DONE: Schema = anObject({ done: { const: true } });
